import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import ui from '@nuxt/ui/vite';
import vue from '@vitejs/plugin-vue';
import { defineConfig, loadEnv, type Plugin } from 'vite';
import { featureLabels } from './plugins/feature-labels.ts';
import { frenchMessages } from './plugins/french-spaces.ts';
import { mailTemplates } from './plugins/mail-templates.ts';
import { securityHeaders } from './plugins/security-headers.ts';

/**
 * `reka-ui/namespaced` is one module naming every primitive: whoever needs the menu would load the calendar too.
 * A copy for each importer holds only what that importer uses; the primitives themselves stay single.
 */
function splitNamespaces(): Plugin {
  return {
    name: 'split-namespaces',
    apply: 'build',
    enforce: 'pre',
    async resolveId(source, importer, options) {
      if (source !== 'reka-ui/namespaced' || !importer) return null;
      const resolved = await this.resolve(source, importer, { ...options, skipSelf: true });
      return resolved && { ...resolved, id: `${resolved.id}?for=${basename(importer.split('?')[0] ?? '', '.vue')}` };
    },
  };
}

const vendor = (file: string) => fileURLToPath(new URL(`./src/app/vendor/${file}`, import.meta.url));

/** Smaller stand-ins, for one importer only where the package itself may still be wanted elsewhere. */
function standIns(): Plugin {
  return {
    name: 'stand-ins',
    enforce: 'pre',
    resolveId(source, importer) {
      if (source === '@iconify/vue') return vendor('iconify.ts');
      if (source === '@unhead/vue' || source === '@unhead/vue/client') return vendor('unhead.ts');
      if (source === 'tailwindcss/colors') return vendor('colors.ts');
      if (/^\.\/lib\/(webauthn|web3\/ethereum)$/.test(source) && importer?.includes('/@supabase/auth-js/'))
        return vendor('auth-ways.ts');
      return source === '@supabase/storage-js' && importer?.includes('/@supabase/supabase-js/')
        ? vendor('storage.ts')
        : null;
    },
  };
}

export default defineConfig(({ mode }) => {
  const root = fileURLToPath(new URL('.', import.meta.url));
  const env = loadEnv(mode, root, 'VITE_');
  return {
    root,
    plugins: [
      vue(),
      ui({
        ui: { colors: { primary: 'indigo', neutral: 'slate' } },
        icon: { clientBundle: { scan: { globInclude: ['src/**/*.{vue,ts}'], globExclude: ['**/*.test.ts'] } } },
        autoImport: false,
        experimental: { componentDetection: true },
      }),
      splitNamespaces(),
      frenchMessages(root),
      featureLabels(root),
      standIns(),
      mailTemplates(fileURLToPath(new URL('../supabase/templates', import.meta.url))),
      securityHeaders(env.VITE_SUPABASE_URL ?? 'http://127.0.0.1:54321'),
    ],
    // Parts of vue-i18n and Vue this application has no use for.
    define: {
      __VUE_I18N_LEGACY_API__: false,
      __VUE_I18N_FULL_INSTALL__: false,
      __INTLIFY_PROD_DEVTOOLS__: false,
      __VUE_PROD_DEVTOOLS__: false,
    },
    resolve: {
      alias: {
        '@': fileURLToPath(new URL('./src', import.meta.url)),
        '@contracts': fileURLToPath(new URL('../supabase/contracts', import.meta.url)),
      },
    },
    // Nuxt UI opts out of pre-bundling; without this list the first page in development is some 500 requests.
    optimizeDeps: {
      include: [
        'reka-ui',
        'reka-ui/namespaced',
        '@vueuse/core',
        '@vueuse/shared',
        '@vueuse/integrations/useFuse',
        'vaul-vue',
        '@tanstack/vue-table',
        '@tanstack/vue-virtual',
        'tailwind-variants',
        '@iconify/vue/offline',
        'ohash',
        'ohash/utils',
        'defu',
        'ufo',
        'hookable',
        '@internationalized/date',
        '@internationalized/number',
        'zod/mini',
        'papaparse',
        'write-excel-file/browser',
        '@supabase/supabase-js',
        '@tanstack/vue-query',
        'pinia',
        'vue',
        'vue-i18n',
        'vue-router',
      ],
    },
    server: { host: '127.0.0.1' },
    preview: { host: '127.0.0.1' },
    build: {
      manifest: true,
      target: 'es2023',
      // The first page lists what every other one is made of: names would be a sixth of that list. A letter first, as
      // hosts of static files keep what begins with an underscore for themselves.
      rolldownOptions: { output: { chunkFileNames: 'assets/c[hash].js' } },
    },
  };
});
