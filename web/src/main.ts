import './main.css';
import ui from '@nuxt/ui/vue-plugin';
import { VueQueryPlugin } from '@tanstack/vue-query';
import { createPinia } from 'pinia';
import { createApp, watch } from 'vue';
import App from './App.vue';
import { i18n, setLanguage } from './app/i18n.ts';
import { createQueryClient } from './app/query-client.ts';
import { followMissingParts } from './app/missing-part.ts';
import { createAppRouter, followStage, followTitle } from './app/router.ts';
import { usePreferencesStore } from './shared/preferences.ts';
import { useSessionStore } from './shared/session.ts';

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
app.use(router).use(i18n).use(VueQueryPlugin, { queryClient }).use(ui);
followStage(router);
followTitle(router);
followMissingParts(router);
app.mount('#app');
