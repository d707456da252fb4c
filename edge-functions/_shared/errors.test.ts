import { describe, expect, it, vi } from 'vitest';
import { type ErrorCode, errorCodes } from '../../supabase/contracts/error-codes.generated.ts';
import { errorBody } from '../../supabase/contracts/functions/shared.ts';
import { ApiError, renderError, tooManyRequests } from './errors.ts';

const bodyOf = async (response: Response) => errorBody.parse(await response.json());
const raised = (fields: object) => Object.assign(new Error('No such licence'), fields);

describe('ApiError', () => {
  it.each(Object.entries(errorCodes))('%s has the status of the registry', async (code, { status }) => {
    const response = renderError(new ApiError(code as ErrorCode, 'why'));
    expect([response.status, (await bodyOf(response)).code]).toEqual([status, code]);
  });

  it('takes the status of somebody else’s answer', () => {
    expect(renderError(new ApiError('stripe_error', 'declined', { status: 402 })).status).toBe(402);
  });
});

describe('renderError()', () => {
  it('tells an error of our SQL by its hint', async () => {
    const response = renderError(raised({ code: 'PT404', hint: 'license_not_found' }));
    expect(response.status).toBe(404);
    expect(await bodyOf(response)).toEqual({ code: 'license_not_found', message: 'No such licence', details: null });
  });

  it.each([
    [{ code: '23505', hint: undefined }],
    [{ code: 'PT404', hint: 'toString' }],
    [{ code: 'PT404', hint: 'Perhaps you meant another column' }],
    [{ code: 'PT404', hint: 7 }],
  ])('tells nothing of an error that is not ours: %j', async (fields) => {
    const log = vi.fn();
    const response = renderError(raised(fields), log);
    const { code, message } = await bodyOf(response);
    expect([response.status, code]).toEqual([500, 'unexpected_failure']);
    expect(message).not.toContain('licence');
    // The id that the person reads out stands in the log.
    expect(log).toHaveBeenCalledWith(`unexpected error ${/\((.+)\)/.exec(message)![1]}`, expect.any(Error));
  });

  it('keeps the headers of an error', () => {
    expect(renderError(tooManyRequests(30)).headers.get('retry-after')).toBe('30');
  });
});
