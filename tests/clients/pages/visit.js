// What every page here starts with: window.job comes from job.js, which the server of the pages makes; window.result is
// what the page found. A job: {origin, writeKey, calls, options}; origin is the collector's, another than the page's.

window.finish = (work) =>
  work.then(
    (result) => { window.result = result },
    (error) => { window.result = { error: String(error?.stack ?? error) } },
  )

// Resolves with the status of each answer from `path`, once there are `count` of them.
window.answers = async (path, count) => {
  for (;;) {
    const seen = performance.getEntriesByType('resource').filter(({ name }) => {
      const { origin, pathname } = new URL(name)
      return origin === window.job.origin && pathname.startsWith(path) && !pathname.endsWith('/settings')
    })
    if (seen.length >= count) return seen.map((entry) => entry.responseStatus)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
