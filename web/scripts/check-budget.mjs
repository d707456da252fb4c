// What the browser must load before the first page works, from the build's manifest: the entry, the page and all
// they import statically. Fails above the budget.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const BUDGET_BYTES = 250_000
const dist = new URL('../dist/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'))

const PAGES = {
  'sign-in': ['index.html', 'src/features/auth/components/AuthLayout.vue', 'src/features/auth/pages/LoginPage.vue'],
  licences: ['index.html', 'src/app/shell/ConsoleShell.vue', 'src/features/licenses/pages/LicenseListPage.vue'],
}

function files(keys) {
  const seen = new Set()
  const visit = (key) => {
    if (seen.has(key)) return
    const chunk = manifest[key]
    if (!chunk) throw new Error(`"${key}" is not in the build's manifest`)
    seen.add(key)
    for (const next of chunk.imports ?? []) visit(next)
  }
  keys.forEach(visit)
  return [...seen].map((key) => manifest[key].file).filter((file) => file.endsWith('.js'))
}

const size = (file) => gzipSync(readFileSync(new URL(file, dist))).length
let failed = false
for (const [page, keys] of Object.entries(PAGES)) {
  const sizes = files(keys).map((file) => ({ file, bytes: size(file) }))
  const total = sizes.reduce((sum, each) => sum + each.bytes, 0)
  const over = total > BUDGET_BYTES
  failed ||= over
  console.log(`${over ? 'FAIL' : 'ok  '} ${page}: ${(total / 1000).toFixed(1)} kB of ${BUDGET_BYTES / 1000} kB JavaScript (gzip)`)
  if (over || process.argv.includes('--files'))
    for (const { file, bytes } of sizes.sort((a, b) => b.bytes - a.bytes).slice(0, 20)) console.log(`       ${(bytes / 1000).toFixed(1).padStart(6)} ${file}`)
}
process.exit(failed ? 1 : 0)
