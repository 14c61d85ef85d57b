/**
 * Run jobs one at a time and keep only the newest of each slot: what arrives while one runs replaces what was
 * waiting in its slot, so work never piles up behind a fast hand.
 *
 * @template S, J
 * @param {(slot: S, job: J) => Promise<void>} run must not reject
 * @returns {(slot: S, job: J) => void}
 */
export function latestWins(run) {
  /** @type {Map<S, J>} */
  const waiting = new Map();
  let isBusy = false;

  async function drain() {
    isBusy = true;
    try {
      for (const [slot, job] of waiting) {
        waiting.delete(slot); // a Map being walked also visits what is added meanwhile
        await run(slot, job);
      }
    } finally {
      isBusy = false;
    }
  }
  return (slot, job) => {
    waiting.set(slot, job);
    if (!isBusy) void drain();
  };
}
