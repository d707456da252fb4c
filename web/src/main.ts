import './main.css';
import '@/app/messages.ts';
import ui from '@nuxt/ui/vue-plugin';
import { VueQueryPlugin } from '@tanstack/vue-query';
import { createPinia } from 'pinia';
import { createApp, watch } from 'vue';
import App from '@/app/App.vue';
import { i18n, loadMessages, setLanguage } from '@/base/i18n.ts';
import { createQueryClient } from '@/base/query-client.ts';
import { followMissingParts } from '@/app/missing-part.ts';
import { createAppRouter, followStage, followTitle } from '@/app/router.ts';
import { modules } from '@/app/modules.ts';
import { MODULES } from '@/shared/registry.ts';
import { usePreferencesStore } from '@/shared/preferences.ts';
import { useSessionStore } from '@/shared/session.ts';

const app = createApp(App).use(createPinia());
const session = useSessionStore();
const preferences = usePreferencesStore();
const queryClient = createQueryClient(() => void session.recheck());

// What one person read must not be shown to the next.
watch(
  () => session.staff?.user_id,
  () => queryClient.clear(),
);

// Without its words the console speaks French, which came with this file.
await setLanguage(preferences.language).catch(() => undefined);
watch(() => preferences.language, setLanguage);

const router = createAppRouter();
app.provide(MODULES, modules);
app.use(router).use(i18n).use(VueQueryPlugin, { queryClient }).use(ui);
followStage(router);
followTitle(router);
followMissingParts(router);
app.mount('#app');
void loadMessages('errors').catch(() => undefined);
