/** Every link of the documents to a file of the project leads somewhere, its anchor too. */
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const pages = globSync(['*.md', 'docs/**/*.md', 'charts/**/*.md', 'test/**/*.md'], { cwd: ROOT }).sort();

/** The anchors that GitHub gives to headings: lower case, spaces to hyphens, other signs left out, a number if it was there. */
function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  const text = readFileSync(join(ROOT, page), 'utf8').replaceAll(/^```.*?^```/gms, '');
  for (const [, heading = ''] of text.matchAll(/^#{1,6} +(.+)$/gm)) {
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const base = plain.replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');
    let anchor = base;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${base}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** The links of a page to places in the project: path from the project's folder, and anchor. */
function linksOf(page: string): { path: string; anchor: string }[] {
  const text = readFileSync(join(ROOT, page), 'utf8')
    .replaceAll(/^```.*?^```/gms, '')
    .replaceAll(/`[^`\n]*`/g, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor = ''] = target.split('#');
      return { path: path === '' ? page : normalize(join(dirname(page), path)), anchor };
    });
}

test('there are pages and links to check', () => {
  expect(pages).toContain('README.md');
  expect(linksOf('README.md').length).toBeGreaterThan(10);
  expect(anchorsOf('docs/reference.md')).toContain('reasons-of-an-accesskey');
});

/** The files and folders that a page names in backticks, most of them below a folder that the text has named. */
function filesNamedBy(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8').replaceAll(/^```.*?^```/gms, '');
  const names = [...text.matchAll(/`([^`\n]+)`/g)].map(([, name = '']) => name);
  return names.filter((name) => /^[\w./-]+(\.(ts|json|yaml|sh)|\/)$/.test(name));
}

test.each(['ARCHITECTURE.md', 'CONTRIBUTING.md'])('%s names files that are there', (page) => {
  const folders = ['.', 'src', 'src/accesskey', 'src/objectstore'];
  const names = filesNamedBy(page);
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name) => !folders.some((folder) => existsSync(join(ROOT, folder, name))))).toEqual([]);
});

describe.each(pages)('%s', (page) => {
  test('links to what there is', () => {
    const broken = linksOf(page).filter(({ path, anchor }) => {
      if (path.startsWith('..') || !existsSync(join(ROOT, path))) return true;
      if (anchor === '' || statSync(join(ROOT, path)).isDirectory()) return false;
      return !path.endsWith('.md') || !anchorsOf(path).has(anchor);
    });
    expect(broken).toEqual([]);
  });
});
