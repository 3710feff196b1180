// Runs before the first paint, so that a dark page never flashes white. The choice is made in src/core/theme.ts.
;(function () {
  var choice = 'system'
  try {
    choice = localStorage.getItem('dreamql.theme') || 'system'
  } catch {
    // Storage can be forbidden; the system's theme is then right.
  }
  var dark = choice === 'dark' || (choice === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
})()
