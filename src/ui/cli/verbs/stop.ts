/** boxtop stop: end containers, gently first. */
import { graceCommand } from '../grace-command.ts';

export const command = graceCommand('stop', 'Stop one or more running containers');
