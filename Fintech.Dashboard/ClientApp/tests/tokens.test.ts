import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

// Reads what stands in the style sheet, such as "--text-1: light-dark(#12161c, #eef1f5);".
const css = readFileSync(`${import.meta.dirname}/../src/styles/tokens.css`, 'utf8');
const themes = ['light', 'dark'] as const;
type Theme = (typeof themes)[number];

function colour(token: string, theme: Theme): string {
  const pair = new RegExp(`--${token}:\\s*light-dark\\((#[0-9a-f]{6}),\\s*(#[0-9a-f]{6})\\)`).exec(css);
  if (!pair) throw new Error(`tokens.css gives --${token} no light and dark colour.`);
  return pair[theme === 'light' ? 1 : 2]!;
}

/** Relative luminance as WCAG 2.2 defines it. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string, theme: Theme): number {
  const [low, high] = [luminance(colour(one, theme)), luminance(colour(other, theme))].toSorted((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const surfaces = ['surface-0', 'surface-1', 'surface-2'];
const texts = ['text-1', 'text-2', 'text-3', 'accent', 'alert', 'warn', 'good'];
const marks = [...Array.from({ length: 8 }, (_, index) => `category-${index + 1}`), 'control-border'];

describe.each(themes)('the colours of the %s theme', (theme) => {
  it.each(texts.flatMap((text) => surfaces.map((surface) => [text, surface] as const)))('%s can be read on %s', (text, surface) => {
    expect(contrast(text, surface, theme)).toBeGreaterThanOrEqual(4.5);
  });

  it.each([
    ['alert', 'alert-surface'],
    ['text-1', 'alert-surface'],
    ['text-2', 'alert-surface'],
    ['text-3', 'alert-surface'],
    ['warn', 'warn-surface'],
    ['text-1', 'warn-surface'],
    ['text-2', 'warn-surface'],
    ['text-3', 'warn-surface'],
    ['on-accent', 'accent'],
    ['on-accent', 'accent-strong'],
  ] as const)('%s can be read on %s', (text, surface) => {
    expect(contrast(text, surface, theme)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(marks.flatMap((mark) => ['surface-0', 'surface-1'].map((surface) => [mark, surface] as const)))('%s can be told from %s', (mark, surface) => {
    expect(contrast(mark, surface, theme)).toBeGreaterThanOrEqual(3);
  });
});

describe('the sheets', () => {
  // Loaded with their page, they stay: what one of them says of a name that is used elsewhere holds there too, from that moment on.
  const pages = [['alerts', 'triage'], ['history'], ['pipeline'], ['amounts', 'breakdown', 'filters', 'kpis', 'latest']];
  const source = `${import.meta.dirname}/../src`;
  /** Without what stands in parentheses, in which commas part no selectors. */
  const bare = (css: string): string => (/\([^()]*\)/.test(css) ? bare(css.replace(/\([^()]*\)/g, '')) : css);
  const namesOf = (folders: readonly string[]): Set<string> =>
    new Set(
      folders
        .flatMap((folder) => readdirSync(`${source}/${folder}`).filter((name) => name.endsWith('.css')).map((name) => `${source}/${folder}/${name}`))
        .flatMap((path) => bare(readFileSync(path, 'utf8').replace(/\/\*[^]*?\*\//g, '')).split(/[{}]/))
        .flatMap((selectors) => selectors.split(','))
        .flatMap((selector) => /^\s*\.([\w-]+)/.exec(selector)?.[1] ?? []),
    );
  // What the frame and the shared pieces define on purpose for a page to fill, and what paper hides.
  const shared = new Set(['filters', 'chip', 'chip-toggle', 'chip-remove', 'amounts', 'categories', 'merchants', 'kpis', 'detail', 'measure-bar', 'top', 'books', 'notice']);

  it.each(pages)('of the page with %s takes no name that another one has', (...own) => {
    const others = pages.filter(([first]) => first !== own[0]).flat();
    const taken = [...namesOf(own)].filter((name) => !shared.has(name) && namesOf([...others, 'ui', 'styles', 'header', 'shell', 'settings']).has(name));
    expect(taken).toEqual([]);
  });
});

describe('the tokens', () => {
  it('are the only place where a colour is written down', () => {
    const sheets = ['base', 'layout', 'pieces'].map((name) => [name, `${import.meta.dirname}/../src/${name === 'pieces' ? 'ui' : 'styles'}/${name}.css`]);
    // A mask is no colour: black lets through, transparent does not.
    for (const [name, path] of sheets)
      expect(readFileSync(path!, 'utf8').replace(/mask-image:[^;]*;/g, ''), `${name}.css`).not.toMatch(/#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(/i);
  });
});
