import { defineModule } from '@/shared/module.ts';

export default defineModule({
  name: 'auth',
  entryRoutes: [
    {
      path: '/login',
      component: () => import('./components/AuthLayout.vue'),
      children: [
        {
          path: '',
          name: 'login',
          component: () => import('./pages/LoginPage.vue'),
          meta: { access: 'guest', titleKey: 'auth.login.title' },
        },
        {
          path: 'code',
          name: 'login-code',
          component: () => import('./pages/CodePage.vue'),
          meta: { access: 'guest', titleKey: 'auth.code.title' },
        },
        {
          path: 'enroll',
          name: 'login-enroll',
          component: () => import('./pages/EnrollPage.vue'),
          meta: { access: 'guest', titleKey: 'auth.enroll.title' },
        },
        {
          path: 'forgot',
          name: 'login-forgot',
          component: () => import('./pages/ForgotPage.vue'),
          meta: { access: 'public', titleKey: 'auth.forgot.title' },
        },
        {
          path: 'reset',
          name: 'login-reset',
          component: () => import('./pages/ResetPage.vue'),
          meta: { access: 'public', titleKey: 'auth.reset.title' },
        },
        {
          path: 'confirm',
          name: 'login-confirm',
          component: () => import('./pages/ConfirmPage.vue'),
          meta: { access: 'public', titleKey: 'auth.confirm.title' },
        },
        {
          path: 'invitation',
          name: 'login-invitation',
          component: () => import('./pages/InvitationPage.vue'),
          meta: { access: 'public', titleKey: 'auth.invitation.title' },
        },
      ],
    },
  ],
});
