import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Who uses a port, as far as this account may see: `node (process 42)`. */
export function portHolder(port: number): string | undefined {
  try {
    return existsSync('/proc/net/tcp') ? holderByProc(port) : holderByLsof(port);
  } catch {
    // Nobody but the message suffers.
    return undefined;
  }
}

/** Local addresses are hexadecimal `address:port` in the second column; the tenth is the socket's inode. */
function inodesOf(port: number): Set<string> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = ['/proc/net/tcp', '/proc/net/tcp6']
    .filter((file) => existsSync(file))
    .flatMap((file) => readFileSync(file, 'utf8').trim().split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(suffix));
  // Who listens has it; a connection only passes by.
  lines.sort((one, other) => Number(other[3] === '0A') - Number(one[3] === '0A'));
  return new Set(lines.map((columns) => columns[9]!).filter((inode) => inode !== '0'));
}

function holderByProc(port: number): string | undefined {
  const inodes = inodesOf(port);
  if (inodes.size === 0) return 'a connection that is just ending';
  const links = new Set([...inodes].map((inode) => `socket:[${inode}]`));
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const holds = readdirSync(`/proc/${pid}/fd`).some((fd) => {
        try {
          return links.has(readlinkSync(`/proc/${pid}/fd/${fd}`));
        } catch {
          return false;
        }
      });
      if (holds) return `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (process ${pid})`;
    } catch {
      // Another account's, or ended since.
    }
  }
  return 'a program of another account';
}

function holderByLsof(port: number): string | undefined {
  const output = execFileSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], { encoding: 'utf8' });
  const [pid, name] = [/^p(\d+)$/m.exec(output)?.[1], /^c(.+)$/m.exec(output)?.[1]];
  return pid && name ? `${name} (process ${pid})` : undefined;
}
