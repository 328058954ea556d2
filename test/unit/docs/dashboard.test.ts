/** The picture of the dashboard: how values, names and gaps become lines and text. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { draw } from '../../acceptance/dashboard/draw.ts';
import { legend, PANELS, type Panel, withRateInterval } from '../../acceptance/dashboard/panels.ts';
import { roundTop, shown } from '../../acceptance/dashboard/values.ts';

test.each([
  [0.0123, 's', '12.3 ms'],
  [90, 's', '1.5 min'],
  [259_200, 's', '3 d'],
  [0, 's', '0 ms'],
  [104_857_600, 'bytes', '100 MiB'],
  [1.234, 'reqps', '1.23 req/s'],
  [3, 'short', '3'],
])('%d in %s is %s', (value, unit, text) => {
  expect(shown(value, unit)).toBe(text);
});

test.each([
  [0, 1],
  [0.03, 0.04],
  [1, 1],
  [6, 10],
  [230, 400],
])('an axis for up to %d ends at %d', (value, top) => {
  expect(roundTop(value)).toBeCloseTo(top, 10);
});

test('a legend has the labels of its series, and a query a time for its rates', () => {
  expect(legend('{{store}}: {{reason}}', { store: 'main', reason: 'Issued' })).toBe('main: Issued');
  expect(legend('{{pod}}', {})).toBe('');
  expect(withRateInterval('rate(a[$__rate_interval]) / rate(b[$__rate_interval])', 4)).toBe(
    'rate(a[4s]) / rate(b[4s])',
  );
});

test('the picture in the docs has the panels that there are: if not, `npm run picture`', () => {
  const picture = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'dashboard.svg'), 'utf8');
  for (const { title } of PANELS) expect(picture).toContain(`>${title}<`);
});

describe('draw', () => {
  const panel = (type: Panel['type'], unit = 'short'): Panel => ({
    type,
    title: 'A <b> & c',
    gridPos: { x: 0, y: 0, w: 12, h: 7 },
    targets: [{ expr: 'q', legendFormat: '{{name}}' }],
    fieldConfig: { defaults: { unit } },
  });
  const span = { from: 100, to: 110 };
  const series = (name: string, ...values: [number, number][]) => ({ metric: { name }, values });
  const drawn = (one: Panel, ...answers: ReturnType<typeof series>[]) =>
    draw([one], new Map([['q', answers]]), span);

  test('breaks a line at a gap in the series, and takes no text for markup', () => {
    const picture = drawn(
      panel('timeseries'),
      series('x', [100, 1], [101, 1], [102, Number.NaN], [108, 2], [109, 2]),
    );
    const path = / d="([^"]*)"/.exec(picture)?.[1] ?? '';
    expect(path.match(/M/g)).toHaveLength(2);
    expect(path.match(/L/g)).toHaveLength(2);
    expect(picture).toContain('A &lt;b&gt; &amp; c');
    expect(picture).not.toContain('NaN');
  });

  test('has of a table only what is there at the end, the least first', () => {
    const picture = drawn(
      panel('table', 's'),
      series('later', [110, 20]),
      series('soon', [109, 5]),
      series('gone', [101, 1]),
    );
    expect(picture).not.toContain('gone');
    expect(picture.indexOf('>soon<')).toBeLessThan(picture.indexOf('>later<'));
  });

  test('says if there is nothing', () => {
    expect(drawn(panel('stat'))).toContain('No data');
    expect(drawn(panel('stat'), series('x', [110, 0]))).toContain('>0<');
  });
});
