/**
 * Ports that test files choose by number, each [first, end): files run side by side, so no two may share one, and all lie
 * below those that systems give to outgoing connections.
 */
export const PORTS = {
  children: { first: 20_000, end: 21_000 },
  leaks: { first: 21_000, end: 22_000 },
  compat: { first: 22_000, end: 23_000 },
  child: { first: 23_000, end: 24_000 },
} as const
