import Kernels

/// The mean of each channel over all time steps. Keras: GlobalAveragePooling1D.
final class GlobalAveragePooling1D: Layer {
  static var traits: LayerTraits {
    LayerTraits(
      name: "GlobalAveragePooling1D", stem: "global_average_pooling1d",
      rules: GlobalMaxPooling1D.traits.rules,
      make: { (configuration, input) throws(Failure) in
        GlobalAveragePooling1D(try GlobalMaxPooling1D(configuration, input).outputShape)
      })
  }

  let outputShape: Shape

  init(_ outputShape: Shape) { self.outputShape = outputShape }

  func outputLength(_ inputLength: Int) -> Int { outputShape.length }

  func forward(_ run: LayerRun) {
    let (channels, length) = (outputShape.channels, run.inputLength)
    for row in 0..<run.rows {
      let (input, output) = (run.input + row * length * channels, run.output + row * channels)
      if let mask = run.mask {
        output.update(repeating: 0, count: channels)
        for number in 0..<mask.count(row) {
          run.kernels.add(input + mask.time(row, number) * channels, output, channels)
        }
      } else {
        run.kernels.columnSums(input, length, channels, output)
      }
      run.kernels.scale(share(run, row), output, output, channels)
    }
  }

  /// What a step that counts has of the mean. Where none does the mean is zero, not Keras's NaN.
  private func share(_ run: LayerRun, _ row: Int) -> Float {
    1 / Float(run.mask.map { max(1, $0.count(row)) } ?? run.inputLength)
  }

  func backward(_ run: LayerRun) {
    guard let inputGradient = run.inputGradient else { return }
    let channels = outputShape.channels
    for step in 0..<run.rows * run.inputLength {
      let row = step / run.inputLength
      let counts = run.mask.map { $0.flags[step] != 0 } ?? true
      run.kernels.scale(
        counts ? share(run, row) : 0, run.outputGradient + row * channels,
        inputGradient + step * channels, channels)
    }
  }
}
