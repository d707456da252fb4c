import labels from 'virtual:feature-labels/en';
import base from '@/base/locales/en.json';
import shared from '@/shared/locales/en.json';
import shell from './locales/en.json';

export const english = [base, shared, shell, labels];
