/** The shared worker: one event stream a browser, however many tabs. */
import { browserHub } from './browser.js';
import type { HubMessage, TabMessage } from './hub.js';

const hub = browserHub();
const scope = globalThis as unknown as { onconnect: (event: MessageEvent) => void };

scope.onconnect = (event) => {
  const port = event.ports[0];
  if (!port) return;
  const send = (message: HubMessage) => port.postMessage(message);
  port.onmessage = ({ data }: MessageEvent<TabMessage>) => {
    if (data.type === 'start') hub.join(send);
    else if (data.type === 'beat') hub.beat(send);
    else hub.leave(send);
  };
};
