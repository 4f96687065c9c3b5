/** The whole screen: lists at the left, details at the right, a line at the bottom, dialogs above. */

import { Box } from 'ink';
import { useSyncExternalStore } from 'react';
import { DetailsPane, type DetailsSources } from './panes/details-pane.tsx';
import { ListPaneView } from './panes/list-pane.tsx';
import { layoutOf } from './state/layout.ts';
import type { Store } from './state/store.ts';
import { LIST_PANES } from './state/types.ts';
import { BottomLine, DialogView, Toasts } from './widgets/overlays.tsx';
import { InkPainterContext } from './widgets/surface.tsx';

export interface AppProps {
  store: Store;
  sources: DetailsSources;
  isInkPainter: boolean;
}

export function App({ store, sources, isInkPainter }: AppProps) {
  const state = useSyncExternalStore(store.subscribe, store.get);
  const layout = layoutOf(state);
  const open = LIST_PANES.filter((pane) => layout.lists[pane].height > 0);
  return (
    <InkPainterContext value={isInkPainter}>
      <Box width={state.size.columns} height={state.size.rows} overflow="hidden">
        {LIST_PANES.map((pane) => (
          <ListPaneView
            key={pane}
            pane={pane}
            state={state}
            box={layout.lists[pane]}
            isFirst={pane === open[0]}
            isLast={pane === open.at(-1)}
            stats={sources.stats}
          />
        ))}
        <DetailsPane state={state} layout={layout} sources={sources} />
        <BottomLine state={state} layout={layout} />
        <Toasts state={state} />
        <DialogView state={state} stats={sources.stats} />
      </Box>
    </InkPainterContext>
  );
}
