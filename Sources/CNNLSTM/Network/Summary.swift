extension Network {
  /// A table of layers, output shapes and parameters, as Keras prints one.
  public var summary: String {
    var rows = [["Layer (type)", "Output Shape", "Param #"]]
    var trainable = 0
    for (index, configuration) in configurations.enumerated() where configuration.kind != .input {
      let entries = layout.entries(ofLayer: index)
      trainable += entries.filter { $0.isTrainable }.reduce(0) { $0 + $1.count }
      rows.append([
        "\(configuration.name) (\(configuration.kind.name))", layers[index].outputShape.text,
        grouped(entries.reduce(0) { $0 + $1.count }),
      ])
    }
    let widths = (0..<3).map { column in rows.map { columns($0[column]) }.max() ?? 0 }
    let line = widths.map { String(repeating: "─", count: $0 + 2) }
    func rule(_ left: String, _ middle: String, _ right: String) -> String {
      left + joined(line, middle) + right + "\n"
    }
    var text = rule("┌", "┬", "┐")
    for (number, row) in rows.enumerated() {
      if number == 1 { text += rule("├", "┼", "┤") }
      let cells = (0..<3).map { column in
        let space = String(repeating: " ", count: widths[column] - columns(row[column]))
        return column == 2 ? " \(space)\(row[column]) " : " \(row[column])\(space) "
      }
      text += "│" + joined(cells, "│") + "│\n"
    }
    text += rule("└", "┴", "┘")
    return text + " Total params: \(grouped(layout.count)) (\(layout.count * 4) bytes)\n"
      + " Trainable params: \(grouped(trainable))\n"
      + " Non-trainable params: \(grouped(layout.count - trainable))\n"
  }
}

/// Columns on a screen: one a Unicode scalar.
private func columns(_ text: String) -> Int { text.unicodeScalars.count }

private func joined(_ parts: [String], _ separator: String) -> String {
  parts.dropFirst().reduce(parts.first ?? "") { $0 + separator + $1 }
}

/// 83592 → 83,592
private func grouped(_ number: Int) -> String {
  guard number >= 1_000 else { return "\(number)" }
  let last = "\(1_000 + number % 1_000)".utf8.dropFirst()
  return "\(grouped(number / 1_000)),\(Substring(last))"
}
