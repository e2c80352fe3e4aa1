/// Why a call did not do what was asked: a kind to decide by and a text that names the thing, the
/// value it has and the value it may have.
public struct Failure: Error {
  /// One status of the C interface each; see `cnnlstm_status` for what they mean.
  public enum Kind: Int32, Sendable {
    case nullPointer = 100
    case argument, shape, state, data, options
    case outOfMemory = 200
    case thread, limit
    case fileAccess = 300
    case fileNotModel, fileVersion, fileTruncated, fileCorrupt, fileSelfTest
    case notFinite = 400
  }

  public let kind: Kind
  public let text: String

  @inline(never)
  public init(_ kind: Kind, _ text: Message) {
    self.kind = kind
    self.text = text.text
  }
}

/// A size as a product, refused where it leaves `Int` or the memory of any machine.
func checkedProduct(_ factors: Int..., of what: Message) throws(Failure) -> Int {
  var product = 1
  for factor in factors {
    let (next, overflow) = product.multipliedReportingOverflow(by: factor)
    guard !overflow, next >= 0, next < 1 << 46 else {
      throw Failure(.limit, "\(what) would need more than 2^46 numbers")
    }
    product = next
  }
  return product
}

/// A sum of sizes, refused likewise.
func checkedSum(_ a: Int, _ b: Int, of what: Message) throws(Failure) -> Int {
  let (sum, overflow) = a.addingReportingOverflow(b)
  guard !overflow, sum >= 0, sum < 1 << 46 else {
    throw Failure(.limit, "\(what) would need more than 2^46 numbers")
  }
  return sum
}

/// - Throws: `.argument` for a negative number of samples, `.shape` for a wrong count.
func checkCounts(
  _ what: String, _ count: Int, samples: Int, each: Int
) throws(Failure) {
  guard samples >= 0 else {
    throw Failure(.argument, "sample_count must be at least 0, got \(samples)")
  }
  let (wanted, overflow) = samples.multipliedReportingOverflow(by: each)
  guard !overflow, count == wanted else {
    throw Failure(
      .shape, "\(what) must hold \(samples) samples of \(each) numbers, got \(count) numbers")
  }
}
