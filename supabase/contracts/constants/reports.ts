export const reportTemplates = ['weekly', 'monthly', 'support', 'at_risk'] as const;
export type ReportTemplate = (typeof reportTemplates)[number];
export const reportFrequencies = ['daily', 'weekly', 'monthly'] as const;
export type ReportFrequency = (typeof reportFrequencies)[number];
export const reportFormats = ['pdf', 'csv', 'xlsx'] as const;
export type ReportFormat = (typeof reportFormats)[number];
export const reportStates = ['waiting', 'running', 'done', 'failed', 'missed'] as const;
export type ReportState = (typeof reportStates)[number];
