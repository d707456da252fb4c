import { type Agent, request } from 'node:http';

export interface Answer {
  /** 0 when none came; `body` is the error's code then. */
  status: number;
  body: string;
}

export interface Sending {
  method: 'GET' | 'POST' | 'PUT';
  headers?: Record<string, string>;
  body?: string | Uint8Array;
}

export type Send = (url: string, sending: Sending) => Promise<Answer>;

/** Sends from a loopback address of its own, where one is given. */
export function createSend(agent: Agent, localAddress?: string): Send {
  return (url, { method, headers = {}, body }) =>
    new Promise((resolve) => {
      const outgoing = request(
        url,
        { method, agent, headers, ...(localAddress ? { localAddress } : {}) },
        (response) => {
          let text = '';
          response
            .setEncoding('utf8')
            .on('data', (chunk) => (text += chunk))
            .on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
        },
      );
      outgoing.on('error', (error: NodeJS.ErrnoException) => resolve({ status: 0, body: error.code ?? 'ERROR' }));
      outgoing.end(body);
    });
}

/** What it was answered with: the code of the answer, else its status. */
export function codeOf({ status, body }: Answer): string {
  try {
    return String((JSON.parse(body) as { code?: string }).code ?? status);
  } catch {
    return status === 0 ? body : `HTTP ${status}`;
  }
}
