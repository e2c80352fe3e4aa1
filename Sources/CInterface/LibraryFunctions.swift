import CHeader
import CNNLSTM

@implementation @_cdecl("cnnlstm_version")
public func cnnlstm_version() -> UnsafePointer<CChar>! {
  ("0.1.0" as StaticString).cString
}

@implementation @_cdecl("cnnlstm_abi_version")
public func cnnlstm_abi_version() -> Int32 { CNNLSTM_ABI_VERSION }

@implementation @_cdecl("cnnlstm_instruction_set")
public func cnnlstm_instruction_set() -> UnsafePointer<CChar>! { CPUFeatures.chosen.name.cString }

@implementation @_cdecl("cnnlstm_status_name")
public func cnnlstm_status_name(_ status: cnnlstm_status) -> UnsafePointer<CChar>! {
  cnnlstm_code_name("status", status) ?? ("unknown" as StaticString).cString
}

@implementation @_cdecl("cnnlstm_last_error")
public func cnnlstm_last_error(_ buffer: UnsafeMutablePointer<CChar>!, _ capacity: Int) -> Int {
  let text = Host.threadText
  var length = 0
  while text[length] != 0 { length += 1 }
  if let buffer, capacity > 0 {
    let count = min(length, capacity - 1)
    buffer.update(from: text, count: count)
    buffer[count] = 0
  }
  return length
}

@implementation @_cdecl("cnnlstm_code")
public func cnnlstm_code(
  _ group: UnsafePointer<CChar>!, _ name: UnsafePointer<CChar>!,
  _ code: UnsafeMutablePointer<Int32>!
) -> cnnlstm_status {
  status { () throws(Failure) in
    let code = try required(code, "code")
    let groupText = try text(group, "group", limit: 64)
    let nameText = try text(name, "name", limit: 64)
    guard let codes = codes(of: groupText) else {
      throw Failure(.argument, "there is no group of constants named \(groupText)")
    }
    guard let found = codes.first(where: { $0.name.equals(nameText) }) else {
      throw Failure(.argument, "there is no \(groupText) named \(nameText)")
    }
    code.pointee = found.value
  }
}

@implementation @_cdecl("cnnlstm_code_name")
public func cnnlstm_code_name(
  _ group: UnsafePointer<CChar>!, _ code: Int32
) -> UnsafePointer<CChar>! {
  guard let group, let name = String(validatingCString: group) else { return nil }
  return codes(of: name)?.first { $0.value == code }?.name.cString
}

/// A constant and its name.
private struct Code {
  let name: StaticString
  let value: Int32
}

private func codes(of group: String) -> [Code]? {
  func all<Group: Named>(_ type: Group.Type) -> [Code] {
    type.allCases.map { Code(name: $0.name, value: $0.rawValue) }
  }
  func isGroup(_ name: StaticString) -> Bool { name.equals(group) }
  if isGroup("layer") { return all(LayerKind.self) }
  if isGroup("activation") { return all(Activation.self) }
  if isGroup("padding") { return all(Padding.self) }
  if isGroup("merge_mode") { return all(MergeMode.self) }
  if isGroup("initializer") { return all(Initializer.Kind.self) }
  if isGroup("loss") { return all(Loss.self) }
  if isGroup("optimizer") { return all(OptimizerKind.self) }
  if isGroup("schedule") { return all(ScheduleKind.self) }
  if isGroup("metric") { return all(MetricKind.self) }
  if isGroup("average") { return all(MetricAverage.self) }
  if isGroup("curve") { return all(MetricCurve.self) }
  if isGroup("summation_method") { return all(MetricSummation.self) }
  if isGroup("dtype") { return all(WeightType.self) }
  if isGroup("event") { return all(TrainingProgress.Event.self) }
  if isGroup("status") { return all(Status.self) }
  return nil
}

/// The statuses with their names in the header.
private enum Status: Int32, Named {
  case ok = 0, stopped = 1
  case nullPointer = 100, argument, shape, state, data, options
  case outOfMemory = 200, thread, limit
  case fileAccess = 300, fileNotModel, fileVersion, fileTruncated, fileCorrupt, fileSelfTest
  case notFinite = 400

  var name: StaticString {
    switch self {
    case .ok: "CNNLSTM_OK"
    case .stopped: "CNNLSTM_STOPPED"
    case .nullPointer: "CNNLSTM_ERROR_NULL_POINTER"
    case .argument: "CNNLSTM_ERROR_ARGUMENT"
    case .shape: "CNNLSTM_ERROR_SHAPE"
    case .state: "CNNLSTM_ERROR_STATE"
    case .data: "CNNLSTM_ERROR_DATA"
    case .options: "CNNLSTM_ERROR_OPTIONS"
    case .outOfMemory: "CNNLSTM_ERROR_OUT_OF_MEMORY"
    case .thread: "CNNLSTM_ERROR_THREAD"
    case .limit: "CNNLSTM_ERROR_LIMIT"
    case .fileAccess: "CNNLSTM_ERROR_FILE_ACCESS"
    case .fileNotModel: "CNNLSTM_ERROR_FILE_NOT_MODEL"
    case .fileVersion: "CNNLSTM_ERROR_FILE_VERSION"
    case .fileTruncated: "CNNLSTM_ERROR_FILE_TRUNCATED"
    case .fileCorrupt: "CNNLSTM_ERROR_FILE_CORRUPT"
    case .fileSelfTest: "CNNLSTM_ERROR_FILE_SELF_TEST"
    case .notFinite: "CNNLSTM_ERROR_NOT_FINITE"
    }
  }
}
