/** Posts a mail as SendGrid's Inbound Parse does that is set to hand mails over as they came. */
export async function postMail(
  webhook: string,
  { from, subject, text, messageId }: { from: string; subject: string; text: string; messageId: string },
  signal?: AbortSignal,
): Promise<Response> {
  const to = 'support@aide.whatautosys.test';
  const form = new FormData();
  const head = [`From: ${from}`, `To: ${to}`, `Subject: ${subject}`, `Message-ID: <${messageId}>`];
  form.set('email', `${head.join('\r\n')}\r\n\r\n${text}\r\n`);
  form.set('envelope', JSON.stringify({ to: [to], from }));
  form.set('from', from);
  return fetch(webhook, { method: 'POST', body: form, ...(signal ? { signal } : {}) });
}
