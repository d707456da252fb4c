import { listen } from '../../listen.ts';
import { createMessengersApp, type MessengersState } from './app.ts';

export interface Messengers extends MessengersState {
  url: string;
  stop(): Promise<void>;
}

/** Telegram's Bot API and Slack's incoming webhooks, as far as one message; a page shows what came. */
export async function startMessengers({ port }: { port: number }): Promise<Messengers> {
  const state: MessengersState = { messages: [], failures: [] };
  const server = await listen(createMessengersApp(state).fetch, port, 'messengers');
  return { ...state, url: server.url, stop: () => server.stop() };
}
