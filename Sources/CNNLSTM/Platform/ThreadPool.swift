import CPlatform

/// Work in numbered parts that threads may do in any order.
protocol PooledWork: AnyObject {
  /// Does a part; `worker`, 0 ..< thread count, names memory that no other part uses meanwhile.
  func perform(part: Int, worker: Int)
}

/// Threads of one owner: made with it, joined at its end, asleep while there is no work. The
/// calling thread is worker 0, so a pool of one has no threads.
final class ThreadPool {
  let threadCount: Int
  private var threads: [pthread_t] = []
  private let shared: UnsafeMutablePointer<Shared>
  private let process = getpid()

  /// Whether the threads are in this process: a fork has the caller's alone.
  var isWhole: Bool { getpid() == process }

  /// What all threads see, under its mutex.
  fileprivate struct Shared {
    var mutex = pthread_mutex_t()
    var workIsThere = pthread_cond_t()
    var workIsDone = pthread_cond_t()
    var work: (any PooledWork)?
    var nextPart = 0
    var partCount = 0
    var partsDone = 0
    var nextWorker = 1
    var isEnding = false
    /// Where the caller was when the last work began; negative if nobody need care.
    var callerCore: Int32 = -1
  }

  static var maximum: Int { 256 }

  /// - Parameter threadCount: 0 for one a core.
  /// - Throws: `.argument`, `.thread`
  init(threadCount: Int) throws(Failure) {
    guard (0...ThreadPool.maximum).contains(threadCount) else {
      throw Failure(.argument, "threads must be 0…\(ThreadPool.maximum), got \(threadCount)")
    }
    self.threadCount =
      threadCount == 0 ? min(Int(platformCoreCount()), ThreadPool.maximum) : threadCount
    shared = .allocate(capacity: 1)
    shared.initialize(to: Shared())
    pthread_mutex_init(&shared.pointee.mutex, nil)
    pthread_cond_init(&shared.pointee.workIsThere, nil)
    pthread_cond_init(&shared.pointee.workIsDone, nil)
    for _ in 1..<self.threadCount {
      var thread = pthread_t()
      guard platformStartThread(&thread, runWorker, shared) == 0 else {
        throw Failure(
          .thread, "the system gave \(threads.count + 1) of \(self.threadCount) threads")
      }
      threads.append(thread)
    }
  }

  /// A fork has no threads to end, and what they held stays held there.
  deinit {
    if isWhole { endThreads() }
    shared.deinitialize(count: 1)
    shared.deallocate()
  }

  private func endThreads() {
    pthread_mutex_lock(&shared.pointee.mutex)
    shared.pointee.isEnding = true
    pthread_cond_broadcast(&shared.pointee.workIsThere)
    pthread_mutex_unlock(&shared.pointee.mutex)
    for thread in threads { pthread_join(thread, nil) }
    pthread_cond_destroy(&shared.pointee.workIsDone)
    pthread_cond_destroy(&shared.pointee.workIsThere)
    pthread_mutex_destroy(&shared.pointee.mutex)
  }

  /// Does all parts and returns when they are done. One caller at a time. Takes no memory.
  func run(_ work: any PooledWork, parts: Int) {
    guard !threads.isEmpty, parts > 1, isWhole else {
      for part in 0..<parts { work.perform(part: part, worker: 0) }
      return
    }
    pthread_mutex_lock(&shared.pointee.mutex)
    shared.pointee.work = work
    shared.pointee.callerCore = platformCore()
    (shared.pointee.nextPart, shared.pointee.partCount, shared.pointee.partsDone) = (0, parts, 0)
    pthread_mutex_unlock(&shared.pointee.mutex)
    pthread_cond_broadcast(&shared.pointee.workIsThere)
    // A thread that the system wakes up on this core can move on.
    sched_yield()
    pthread_mutex_lock(&shared.pointee.mutex)
    doParts(shared, worker: 0)
    while shared.pointee.partsDone < parts {
      pthread_cond_wait(&shared.pointee.workIsDone, &shared.pointee.mutex)
    }
    shared.pointee.work = nil
    pthread_mutex_unlock(&shared.pointee.mutex)
  }
}

/// Takes parts until none is left. The mutex is held on entry and on return, not in between.
private func doParts(_ shared: UnsafeMutablePointer<ThreadPool.Shared>, worker: Int) {
  while let work = shared.pointee.work, shared.pointee.nextPart < shared.pointee.partCount {
    let part = shared.pointee.nextPart
    shared.pointee.nextPart += 1
    pthread_mutex_unlock(&shared.pointee.mutex)
    work.perform(part: part, worker: worker)
    pthread_mutex_lock(&shared.pointee.mutex)
    shared.pointee.partsDone += 1
    if shared.pointee.partsDone == shared.pointee.partCount {
      pthread_cond_signal(&shared.pointee.workIsDone)
    }
  }
}

/// Moves a thread off its caller's core. A system that wakes it up there, rather than on an idle
/// core, goes on to do so, and the caller has done all parts before the thread comes to run.
/// - Returns: whether it moved, in which time work may have come.
private func leaveCallersCore(_ shared: UnsafeMutablePointer<ThreadPool.Shared>) -> Bool {
  let core = shared.pointee.callerCore
  guard core >= 0, core == platformCore() else { return false }
  shared.pointee.callerCore = -1
  pthread_mutex_unlock(&shared.pointee.mutex)
  platformLeaveCore(core)
  pthread_mutex_lock(&shared.pointee.mutex)
  return true
}

private func runWorker(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let shared = argument?.assumingMemoryBound(to: ThreadPool.Shared.self) else { return nil }
  _ = platformFlushDenormals()
  pthread_mutex_lock(&shared.pointee.mutex)
  let worker = shared.pointee.nextWorker
  shared.pointee.nextWorker += 1
  while !shared.pointee.isEnding {
    if leaveCallersCore(shared) { continue }
    doParts(shared, worker: worker)
    if shared.pointee.isEnding { break }
    pthread_cond_wait(&shared.pointee.workIsThere, &shared.pointee.mutex)
  }
  pthread_mutex_unlock(&shared.pointee.mutex)
  return nil
}
