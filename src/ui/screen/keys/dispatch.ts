/** Takes every input of the screen: dialogs first, then the line being typed, then the key table. */
import type { Input, MouseInput } from '../input/parse-keys.ts';
import { isCursorLost } from '../state/rows.ts';
import type { Binding } from './binding.ts';
import { onDialogInput } from './dialog-keys.ts';
import { onEditingInput } from './editing-keys.ts';
import { onMouse } from './mouse.ts';
import { bindingOf } from './places.ts';
import type { Services } from './services.ts';

export function dispatchInput(services: Services, input: Input) {
  const state = services.store.get();
  if (input.kind === 'mouse') return onMouse(services, input satisfies MouseInput);
  if (state.dialog !== undefined) return onDialogInput(services, state.dialog, input);
  if (state.editing !== undefined) return onEditingInput(services, state.editing, input);
  if (input.kind === 'key') runKey(services, input.key);
}

/** Acts on the row under the cursor, or on its terminal. */
const isOfRow = ({ isInMenu, when, places }: Binding): boolean =>
  when !== undefined && (isInMenu === true || places.includes('terminal'));

/** Runs what a key is bound to; says why when it can't, and when its row went before that could be seen. */
function runKey(services: Services, key: string) {
  const state = services.store.get();
  const binding = bindingOf(state, key);
  if (binding === undefined) return;
  const ready = binding.when?.(state) ?? true;
  if (ready !== true) return services.notices.info(ready);
  if (isOfRow(binding) && isCursorLost(state))
    return services.notices.info('the list has changed: look again');
  try {
    const result = binding.run(services);
    if (result instanceof Promise)
      result.catch((error: unknown) => services.notices.error(binding.label, error));
  } catch (error) {
    services.notices.error(binding.label, error);
  }
}
