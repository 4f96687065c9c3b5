/** What a key may use: the state, the engine and everything that lives beside them. */
import type { CommandServices } from '../data/command-services.ts';
import type { DocumentFeed } from '../data/document-feed.ts';
import type { CommandHistory } from '../data/history.ts';
import type { ListFeed } from '../data/list-feed.ts';
import type { LogFeed } from '../data/log-feed.ts';
import type { Layout } from '../state/layout.ts';

export interface Services extends CommandServices {
  log: LogFeed;
  lists: ListFeed;
  documents: DocumentFeed;
  history: CommandHistory;
  layout(): Layout;
  setMouse(isOn: boolean): void;
  /** Hands a text to the terminal's clipboard. */
  setClipboard(text: string): void;
  /** The menu of what can be done with the row under the cursor. */
  openMenu(): void;
  /** Draws everything again. */
  redraw(): void;
  quit(status: number): void;
}
