import { fileURLToPath } from 'node:url'
import ui from '@nuxt/ui/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig, loadEnv, type Plugin } from 'vite'

/** The policy lists the API origin, which is known only when the build (or the dev server) starts. */
function contentSecurityPolicy(apiUrl: string): Plugin {
  return {
    name: 'content-security-policy',
    transformIndexHtml(html, { server }) {
      const { origin, host, protocol } = new URL(apiUrl)
      const socket = `${protocol === 'https:' ? 'wss' : 'ws'}://${host}`
      // The dev server injects inline scripts and its own socket; a build has neither.
      const script = server ? `'self' 'unsafe-inline'` : `'self'`
      const connect = ["'self'", origin, socket, ...(server ? ['ws:'] : [])].join(' ')
      const policy = [
        `default-src 'self'`,
        `script-src ${script}`,
        `style-src 'self' 'unsafe-inline'`,
        `img-src 'self' data: blob:`,
        `font-src 'self' data:`,
        `worker-src 'self' blob:`,
        `connect-src ${connect}`,
        `object-src 'none'`,
        `base-uri 'self'`,
        `form-action 'self'`,
      ].join('; ')
      return html.replace('%CONTENT_SECURITY_POLICY%', policy)
    },
  }
}

export default defineConfig(({ mode }) => {
  const root = fileURLToPath(new URL('.', import.meta.url))
  const env = loadEnv(mode, root, 'VITE_')
  return {
    root,
    plugins: [
      vue(),
      ui({
        ui: { colors: { primary: 'indigo', neutral: 'slate' } },
        icon: { clientBundle: { scan: true } },
        autoImport: false,
        experimental: { componentDetection: true },
      }),
      contentSecurityPolicy(env.VITE_SUPABASE_URL ?? 'http://127.0.0.1:54321'),
    ],
    resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
    // Nuxt UI opts out of pre-bundling; without this list the first page in development is some 500 requests.
    optimizeDeps: {
      include: [
        'reka-ui', 'reka-ui/namespaced', '@vueuse/core', '@vueuse/shared', '@vueuse/integrations/useFuse', 'vaul-vue',
        '@tanstack/vue-table', '@tanstack/vue-virtual', 'tailwind-variants', '@iconify/vue', '@unhead/vue',
        '@unhead/vue/client', 'ohash', 'ohash/utils', 'defu', 'ufo', 'hookable', '@internationalized/date',
        '@internationalized/number', 'zod/mini', 'papaparse',
      ],
    },
    server: { host: '127.0.0.1' },
    preview: { host: '127.0.0.1' },
    build: { manifest: true, target: 'es2023' },
  }
})
