import { defineConfig } from 'vitest/config';

// Where `npm run dev` finds the server of the hub: start Fintech.Dashboard (or the whole platform) beside it.
const dashboard = process.env['DASHBOARD_URL'] ?? 'http://localhost:5001';

// The tests read numbers and times as words: in one locale and one zone on every machine. Workers inherit these.
if (process.env['VITEST']) Object.assign(process.env, { LC_ALL: 'en_US.UTF-8', TZ: 'UTC' });

export default defineConfig({
  plugins: [
    {
      // The chosen colours must be known before the first paint, and Vite drops the attribute it finds in index.html.
      name: 'render-blocking-entry',
      transformIndexHtml: {
        order: 'post',
        handler: (html) => html.replace('<script type="module"', '<script type="module" blocking="render"'),
      },
    },
  ],
  build: {
    outDir: '../wwwroot',
    emptyOutDir: true,
    // light-dark() and container queries are used as they are; older browsers than these lack them.
    target: ['chrome123', 'firefox121', 'safari17.5'],
    // The policy is script-src 'self' and style-src 'self': nothing may be inlined, small images neither.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // ECharts, which only the pages with charts load.
    chunkSizeWarningLimit: 800,
  },
  server: {
    proxy: {
      '/hubs': { target: dashboard, ws: true },
    },
  },
  test: {
    include: ['tests/**/*.test.ts'],
    pool: 'forks',
  },
});
