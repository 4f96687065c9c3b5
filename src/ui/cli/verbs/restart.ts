/** boxtop restart: stop and start containers. */
import { graceCommand } from '../grace-command.ts';

export const command = graceCommand('restart', 'Restart one or more containers');
