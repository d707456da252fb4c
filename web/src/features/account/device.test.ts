import { describe, expect, it } from 'vitest';
import { deviceName, isPhone } from './device.ts';

const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)';

describe('deviceName()', () => {
  it.each([
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox · Windows'],
    [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/140.0 Safari/537.36 Edg/140.0`, 'Edge · Windows'],
    [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${webkit} Chrome/140.0 Safari/537.36`, 'Chrome · macOS'],
    [`Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) ${webkit} Version/18.0 Safari/605.1`, 'Safari · macOS'],
    [`Mozilla/5.0 (Linux; Android 15; Pixel 9) ${webkit} Chrome/140.0 Mobile Safari/537.36`, 'Chrome · Android'],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile/15E Safari/604.1',
      'Safari · iPhone',
    ],
    ['curl/8.5.0', null],
    ['', null],
    [null, null],
  ])('%j is %j', (agent, expected) => expect(deviceName(agent)).toBe(expected));

  it('tells phones from computers', () => {
    expect(isPhone('Mozilla/5.0 (Linux; Android 15; Pixel 9)')).toBe(true);
    expect(isPhone('Mozilla/5.0 (X11; Linux x86_64)')).toBe(false);
    expect(isPhone(null)).toBe(false);
  });
});
