extension Network {
  /// A table of layers, output shapes and parameters, as Keras prints one.
  public var summary: String {
    var rows: [[Message]] = [["Layer (type)", "Output Shape", "Param #"]]
    var trainable = 0
    for (index, configuration) in configurations.enumerated() where configuration.kind != .input {
      var count = 0
      for entry in layout.entries where entry.layer == index {
        count += entry.count
        trainable += entry.isTrainable ? entry.count : 0
      }
      rows.append([
        "\(configuration.name) (\(configuration.className))",
        "\(layers[index].outputShape.text)", grouped(count),
      ])
    }
    let all: Message = " Total params: \(grouped(layout.count)) (\(layout.count * 4) bytes)\n"
    let changed: Message = " Trainable params: \(grouped(trainable))\n"
    let fixed: Message = " Non-trainable params: \(grouped(layout.count - trainable))\n"
    return (table(rows) + all + changed + fixed).text
  }
}

extension LayerConfiguration {
  /// Keras's class: of a wrapper, not of what it wraps.
  fileprivate var className: StaticString {
    if integer(.mergeMode) != 0 { return "Bidirectional" }
    return flag(.timeDistributed) ? "TimeDistributed" : kind.name
  }
}

/// Rows of three cells in a frame, the first row above a rule.
private func table(_ rows: [[Message]]) -> Message {
  let widths = (0..<3).map { column in
    rows.reduce(0) { max($0, width($1[column])) }
  }
  var text = rule("┌", "┬", "┐", widths)
  for (number, row) in rows.enumerated() {
    if number == 1 { text = text + rule("├", "┼", "┤", widths) }
    for column in 0..<3 {
      let space = repeated(" ", widths[column] - width(row[column]))
      text = column == 2 ? "\(text)│ \(space)\(row[column]) " : "\(text)│ \(row[column])\(space) "
    }
    text = "\(text)│\n"
  }
  return text + rule("└", "┴", "┘", widths)
}

private func rule(
  _ left: Message, _ middle: Message, _ right: Message, _ widths: [Int]
) -> Message {
  let lines = widths.map { repeated("─", $0 + 2) }
  return "\(left)\(lines[0])\(middle)\(lines[1])\(middle)\(lines[2])\(right)\n"
}

private func repeated(_ piece: Message, _ count: Int) -> Message {
  (0..<count).reduce("") { text, _ in text + piece }
}

/// Columns on a screen: one a Unicode scalar.
private func width(_ message: Message) -> Int { message.text.unicodeScalars.count }

/// 83592 → 83,592
private func grouped(_ number: Int) -> Message {
  guard number >= 1_000 else { return "\(number)" }
  let last = number % 1_000
  let zeros: Message = last < 10 ? "00" : last < 100 ? "0" : ""
  return "\(grouped(number / 1_000)),\(zeros)\(last)"
}
