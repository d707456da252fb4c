import { functionError } from '@/base/errors.ts';
import { download } from '@/shared/export/export.ts';
import { supabase } from '@/base/supabase.ts';

/** The signed file a client without network proves its licence with. */
export async function downloadLicenseFile(licenseId: string): Promise<void> {
  const { data, error } = await supabase.functions.invoke<string | Blob>('license-file', {
    body: { license_id: licenseId },
  });
  if (error) throw await functionError(error);
  download(data instanceof Blob ? data : new Blob([data ?? ''], { type: 'text/plain' }), 'license.key');
}
