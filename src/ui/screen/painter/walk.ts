/** Draws Ink's laid-out tree into a grid: boxes with borders and backgrounds, texts, surfaces. */
import type { DOMElement } from 'ink';
import type { Clip, Grid } from './grid.ts';
import { cellsOf } from './line-cells.ts';
import { sgrOf, styleOfProps } from './style.ts';

/** The host element that takes ready lines; see widgets/surface.tsx. */
export const SURFACE = 'boxtop-surface';

type InkNode = DOMElement['childNodes'][number];
/** Yoga's numbers: Display.None, and the edges of getComputedBorder. */
const DISPLAY_NONE = 1;
const EDGE = { left: 0, top: 1, right: 2, bottom: 3 } as const;

interface Borders {
  topLeft: string;
  top: string;
  topRight: string;
  right: string;
  bottomRight: string;
  bottom: string;
  bottomLeft: string;
  left: string;
}

const box = (chars: string): Borders => {
  const [topLeft, top, topRight, right, bottomRight, bottom, bottomLeft, left] = [...chars] as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return { topLeft, top, topRight, right, bottomRight, bottom, bottomLeft, left };
};

/** The named border styles this screen uses. */
const BORDERS: Readonly<Record<string, Borders>> = {
  single: box('┌─┐│┘─└│'),
  round: box('╭─╮│╯─╰│'),
  double: box('╔═╗║╝═╚║'),
  bold: box('┏━┓┃┛━┗┃'),
  classic: box('+-+|+-+|'),
};

/** Draws the tree of `root`. Painter's order: later siblings cover earlier ones. */
export function drawTree(root: DOMElement, grid: Grid) {
  const clip = { x1: 0, y1: 0, x2: grid.columns, y2: grid.rows };
  drawNode(root, grid, { x: 0, y: 0, clip });
}

interface Place {
  /** Where the parent's content begins. */
  x: number;
  y: number;
  clip: Clip;
}

function drawNode(node: InkNode, grid: Grid, place: Place) {
  const yoga = node.yogaNode;
  if (node.nodeName === '#text' || yoga === undefined || yoga.getDisplay() === DISPLAY_NONE) return;
  const x = place.x + yoga.getComputedLeft();
  const y = place.y + yoga.getComputedTop();
  const here = { x: Math.round(x), y: Math.round(y), clip: place.clip };
  if ((node.nodeName as string) === SURFACE) return drawSurface(node, grid, here);
  if (node.nodeName === 'ink-text') return drawText(node, grid, here);
  drawBackground(node, grid, here);
  drawBorder(node, grid, here);
  const clip = clipOf(node, here);
  const inner = { x: x - offset(node.style.contentOffsetX), y: y - offset(node.style.contentOffsetY), clip };
  for (const child of node.childNodes) drawNode(child, grid, inner);
}

const offset = (value: number | undefined): number =>
  value !== undefined && Number.isFinite(value) ? Math.trunc(value) : 0;

function drawSurface(node: DOMElement, grid: Grid, { x, y, clip }: Place): void {
  const lines = node.attributes['lines'] as unknown as readonly string[] | undefined;
  if (lines === undefined) return;
  const width = node.yogaNode!.getComputedWidth();
  const height = Math.min(lines.length, node.yogaNode!.getComputedHeight());
  const inner = { x1: Math.max(clip.x1, x), y1: clip.y1, x2: Math.min(clip.x2, x + width), y2: clip.y2 };
  for (let row = 0; row < height; row += 1) grid.put(cellsOf(lines[row]!), x, y + row, inner);
}

function drawText(node: DOMElement, grid: Grid, { x, y, clip }: Place): void {
  const width = Math.ceil(node.yogaNode!.getComputedWidth());
  const inner = { ...clip, x2: Math.min(clip.x2, x + width) };
  const lines = textOf(node).split('\n');
  for (let row = 0; row < lines.length; row += 1) grid.put(cellsOf(lines[row]!), x, y + row, inner);
}

/** The text of an ink-text with the transforms of nested ones applied. Long lines are cut, not wrapped: this screen lays out its lines itself. */
function textOf(node: DOMElement): string {
  let text = '';
  for (const child of node.childNodes) {
    if (child.nodeName === '#text') text += child.nodeValue;
    else if (child.isHidden !== true) text += textOf(child);
  }
  const transform = node.internal_transform;
  if (transform === undefined || text === '') return text;
  return text
    .split('\n')
    .map((line, index) => transform(line, index))
    .join('\n');
}

function clipOf(node: DOMElement, { x, y, clip }: Place): Clip {
  const { style, yogaNode: yoga } = node;
  const isX = (style.overflowX ?? style.overflow) === 'hidden';
  const isY = (style.overflowY ?? style.overflow) === 'hidden';
  if (!isX && !isY) return clip;
  const right = x + yoga!.getComputedWidth() - yoga!.getComputedBorder(EDGE.right as never);
  const bottom = y + yoga!.getComputedHeight() - yoga!.getComputedBorder(EDGE.bottom as never);
  return {
    x1: isX ? Math.max(clip.x1, x + yoga!.getComputedBorder(EDGE.left as never)) : clip.x1,
    x2: isX ? Math.min(clip.x2, right) : clip.x2,
    y1: isY ? Math.max(clip.y1, y + yoga!.getComputedBorder(EDGE.top as never)) : clip.y1,
    y2: isY ? Math.min(clip.y2, bottom) : clip.y2,
  };
}

function drawBackground(node: DOMElement, grid: Grid, { x, y, clip }: Place): void {
  const { style, yogaNode: yoga } = node;
  if (node.nodeName !== 'ink-box' || !style.backgroundColor) return;
  const edge = (shown: boolean | undefined) => (style.borderStyle && shown !== false ? 1 : 0);
  const left = edge(style.borderLeft);
  const top = edge(style.borderTop);
  const width = yoga!.getComputedWidth() - left - edge(style.borderRight);
  const height = yoga!.getComputedHeight() - top - edge(style.borderBottom);
  if (width <= 0) return;
  const fill = cellsOf(`${sgrOf(styleOfProps({ background: style.backgroundColor }))}${' '.repeat(width)}`);
  for (let row = 0; row < height; row += 1) grid.put(fill, x + left, y + top + row, clip);
}

function drawBorder(node: DOMElement, grid: Grid, { x, y, clip }: Place): void {
  const { style, yogaNode: yoga } = node;
  if (node.nodeName !== 'ink-box' || !style.borderStyle) return;
  const chars =
    typeof style.borderStyle === 'string' ? BORDERS[style.borderStyle] : (style.borderStyle as Borders);
  if (chars === undefined) return;
  const width = yoga!.getComputedWidth();
  const height = yoga!.getComputedHeight();
  const left = style.borderLeft !== false;
  const right = style.borderRight !== false;
  const across = Math.max(0, width - (left ? 1 : 0) - (right ? 1 : 0));
  const put = (
    text: string,
    color: string | undefined,
    isDim: boolean | undefined,
    at: { x: number; y: number },
  ) => grid.put(cellsOf(sgrOf(styleOfProps({ color, isDim })) + text), at.x, at.y, clip);
  const line = (a: string, middle: string, b: string) =>
    (left ? a : '') + middle.repeat(across) + (right ? b : '');
  const top = style.borderTop !== false ? 1 : 0;
  const bottom = style.borderBottom !== false ? 1 : 0;
  for (let row = top; row < height - bottom; row += 1) {
    if (left)
      put(
        chars.left,
        style.borderLeftColor ?? style.borderColor,
        style.borderLeftDimColor ?? style.borderDimColor,
        { x, y: y + row },
      );
    if (right)
      put(
        chars.right,
        style.borderRightColor ?? style.borderColor,
        style.borderRightDimColor ?? style.borderDimColor,
        { x: x + width - 1, y: y + row },
      );
  }
  if (top)
    put(
      line(chars.topLeft, chars.top, chars.topRight),
      style.borderTopColor ?? style.borderColor,
      style.borderTopDimColor ?? style.borderDimColor,
      { x, y },
    );
  if (bottom)
    put(
      line(chars.bottomLeft, chars.bottom, chars.bottomRight),
      style.borderBottomColor ?? style.borderColor,
      style.borderBottomDimColor ?? style.borderDimColor,
      { x, y: y + height - 1 },
    );
}
