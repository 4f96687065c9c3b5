/** What rows of lists are made of. */

export type Paint = (text: string) => string;

/** A column: how wide, how coloured, what text. */
export interface Column {
  text: string;
  width: number;
  paint?: Paint;
  align?: 'right';
  /** Cut in the middle: both ends tell names apart. */
  isName?: boolean;
}

/** What a row is drawn with, besides its object. */
export interface RowContext {
  width: number;
  isSelected: boolean;
  isMarked: boolean;
  isFocused: boolean;
  busy: string | undefined;
  nowSeconds: number;
  /** CPU in percent of one core, newest last; empty when nothing is known. */
  cpu: readonly number[];
  memoryBytes: number | undefined;
  /** Terminals of the container: open, open with news, or none. */
  badge: 'open' | 'news' | '';
  /** Cells that the longest name and image of the list take. */
  needs: Needs;
  /** Containers that use the volume or network. */
  users: number;
}

export interface Needs {
  name: number;
  image: number;
}
