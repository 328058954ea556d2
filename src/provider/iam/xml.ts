import { SaxesParser } from 'saxes';
import { ShapeError } from '../json-members.ts';

/** One element of an answer: its own text and its children. Namespaces and attributes say nothing more. */
export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

interface Open {
  readonly name: string;
  text: string;
  readonly children: XmlElement[];
}

const NOT_XML = 'the answer is not XML';
/** A list of access keys nests 5 deep. */
const MAX_DEPTH = 16;

/**
 * Parses an XML document of limited nesting. It knows XML's own five entities and no others, so that no
 * answer grows while it is read. Throws `ShapeError`.
 */
export function parseXml(body: Buffer): XmlElement {
  const parser = new SaxesParser();
  const open: Open[] = [];
  let root: XmlElement | undefined;
  const addText = (text: string) => {
    const inner = open.at(-1);
    if (inner) inner.text += text;
  };
  parser.on('error', () => {
    throw new ShapeError(NOT_XML);
  });
  parser.on('doctype', () => {
    throw new ShapeError('the answer declares a document type');
  });
  parser.on('opentag', ({ name }) => {
    if (open.length === MAX_DEPTH) throw new ShapeError('the answer is nested too deeply');
    open.push({ name, text: '', children: [] });
  });
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const closed = open.pop();
    if (!closed) return;
    const outer = open.at(-1);
    if (outer) outer.children.push(closed);
    else root = closed;
  });
  parser.write(body.toString('utf8')).close();
  if (!root) throw new ShapeError(NOT_XML);
  return root;
}

/** Returns the element's first child of that name. */
export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

/** Returns the text of an element's child. Throws `ShapeError` if there is none. */
export function textOf(element: XmlElement, name: string): string {
  const child = childOf(element, name);
  if (!child) throw new ShapeError(`the answer has no ${name}`);
  return child.text;
}

/** Returns the members of a list, which is a child of the element. A list that is absent has none. */
export function membersOf(element: XmlElement, list: string): readonly XmlElement[] {
  return childOf(element, list)?.children.filter(({ name }) => name === 'member') ?? [];
}
