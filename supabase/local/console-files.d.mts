import type { Server } from 'node:http';

export function parseHeaders(text: string): Array<[pattern: string, headers: Record<string, string>]>;
export function serveFiles(folder: string): Server;
