/** The shared worker: one event stream a browser and realm, however many tabs. Its name is the realm. */
import { browserHub } from './browser.js';
import type { HubMessage, TabMessage } from './hub.js';

const scope = globalThis as unknown as { name: string; onconnect: (event: MessageEvent) => void };
const hub = browserHub(scope.name || 'live');

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
