import CHeader
import CNNLSTM

@implementation @_cdecl("cnnlstm_model_convert")
public func cnnlstm_model_convert(
  _ model: OpaquePointer!, _ dtype: Int32, _ inputs: UnsafePointer<Float>!, _ input_count: Int,
  _ sample_count: Int64, _ length: Int64,
  _ report: UnsafeMutablePointer<cnnlstm_conversion_report>!,
  _ converted: UnsafeMutablePointer<OpaquePointer?>!
) -> cnnlstm_status {
  status { () throws(Failure) in
    let model = try object(model, Model.self, "model")
    let converted = try required(converted, "converted")
    guard let type = WeightType(rawValue: dtype) else {
      throw Failure(.argument, "dtype must be one of CNNLSTM_DTYPE_, got \(dtype)")
    }
    let inputs = try array(inputs, input_count, "inputs")
    if let report { _ = try structureSize(UnsafeRawPointer(report), "report") }
    let result = try model.converted(
      to: type, inputs: inputs, inputCount: input_count, sampleCount: Int(sample_count),
      length: Int(length))
    if report != nil { try write(cnnlstm_conversion_report(result.report), to: report, "report") }
    converted.pointee = handle(result.model)
  }
}

extension cnnlstm_conversion_report {
  fileprivate init(_ report: ConversionReport) {
    self.init()
    sample_count = Int64(report.sampleCount)
    (max_difference, mean_difference) = (report.maxDifference, report.meanDifference)
    label_agreement = report.labelAgreement
  }
}

@implementation @_cdecl("cnnlstm_model_dtype")
public func cnnlstm_model_dtype(_ model: OpaquePointer!) -> Int32 {
  (try? object(model, Model.self, "model"))?.weightType.rawValue ?? 0
}
