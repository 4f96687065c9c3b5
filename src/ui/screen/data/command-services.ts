/** What commands run on the screen may use. */
import type { Engine } from '../../../engine/index.ts';
import type { Store } from '../state/store.ts';
import type { Dialogs } from './dialogs.ts';
import type { Jobs } from './jobs.ts';
import type { Notices } from './notices.ts';
import type { Sessions } from './sessions.ts';

export interface CommandServices {
  engine: Engine;
  store: Store;
  jobs: Jobs;
  notices: Notices;
  dialogs: Dialogs;
  sessions: Sessions;
}
