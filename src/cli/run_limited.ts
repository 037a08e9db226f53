/**
 * Runs jobs, several at a time, and returns their results in order. After an error no more jobs are started; it is
 * thrown when those under way have ended.
 *
 * @param limit maximum number of jobs under way
 */
export async function runLimited<T>(jobs: readonly (() => Promise<T>)[], limit: number): Promise<T[]> {
  const results: T[] = [];
  const waiting = jobs.entries();
  let isStopped = false;
  const lane = async () => {
    for (const [index, job] of waiting) {
      if (isStopped) return;
      try {
        results[index] = await job();
      } catch (error) {
        isStopped = true;
        throw error;
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: limit }, lane));
  for (const ended of lanes) {
    if (ended.status === "rejected") throw ended.reason;
  }
  return results;
}
