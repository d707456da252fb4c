/** As in the auth server's configuration; the server has the last word. */
export const MINIMUM_PASSWORD_LENGTH = 12;

export type PasswordProblem = 'too_short' | 'differs';

export function passwordProblem(password: string, repeated: string): PasswordProblem | null {
  if ([...password].length < MINIMUM_PASSWORD_LENGTH) return 'too_short';
  return password === repeated ? null : 'differs';
}
