// The browser tests that are about what proxy.ts does, and so cannot pass without it. Everything else must: the proxy is a
// courtesy, and every page and endpoint guards itself.
export const aboutTheProxy = [
  {
    test: "sessions.spec.ts › T5: an access token that is over is renewed once for the page, its server components and its calls",
    why: "pages rotate in the proxy; without it a page whose access token is over sends its reader to sign in",
  },
  {
    test: "sessions.spec.ts › T4: tabs that open at the same time with a token that is over all stay signed in",
    why: "the same, for several tabs",
  },
  ...["refuse", "hang-up"].map((mode) => ({
    test: `database.spec.ts › when the database goes away (${mode}), pages say so, and come back by themselves still signed in`,
    why: "the page that says so, with its 503, is the proxy's answer in place of a page; without it a page fails as it can",
  })),
];
