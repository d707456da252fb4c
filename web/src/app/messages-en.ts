export { default as labels } from 'virtual:feature-labels/en';
export { default as base } from './locales/en.json';
