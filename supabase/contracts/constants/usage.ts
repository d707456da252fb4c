/** Features the product is known to report: what was never used of them is said so. Others stand as they are named. */
export const knownFeatures = [
  'catalogue',
  'conversation_goals',
  'co_pilot',
  'campaigns',
  'ai_assistant',
  'quick_replies',
] as const;

/** By the days of the last 30 on which a feature was used: 15 or more, 1 or more, none. */
export const featureActivities = ['very_active', 'active', 'never_used'] as const;
export type FeatureActivity = (typeof featureActivities)[number];
