/** Tells what befalls containers without anybody having asked for it. */
import { EngineError } from '../../../engine/index.ts';
import type { ListFeed } from './list-feed.ts';
import type { Notices } from './notices.ts';

/** From now on, with every event of the store. */
export function tellMishaps(lists: Pick<ListFeed, 'onEvent'>, notices: Pick<Notices, 'error'>): void {
  lists.onEvent(({ Type, Action, Actor }) => {
    if (Type !== 'container' || Action !== 'oom') return;
    const what = 'out of memory, the kernel killed a process of it';
    const hint = 'more memory: update -m SIZE --memory-swap SIZE';
    notices.error(
      Actor.Attributes['name'] ?? Actor.ID,
      new EngineError('RESOURCE_EXHAUSTED', what, { hint }),
    );
  });
}
