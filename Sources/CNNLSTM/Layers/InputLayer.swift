/// The shape of what a model takes. Keras: Input.
final class InputLayer: Layer {
  static var traits: LayerTraits {
    LayerTraits(
      name: "InputLayer", stem: "input_layer",
      rules: [
        FieldRule(.length, .integer(Shape.anyLength), .range(Shape.noTime, Shape.longest)),
        FieldRule(.channels, .integer(1), .range(1, 65_536)),
      ],
      make: { (configuration, _) throws(Failure) in
        InputLayer(
          Shape(length: configuration.integer(.length), channels: configuration.integer(.channels)))
      })
  }

  let outputShape: Shape
  var maskUse: MaskUse { .passes }
  var isIdentity: Bool { true }

  init(_ shape: Shape) { outputShape = shape }

  func forward(_ run: LayerRun) {}
  func backward(_ run: LayerRun) {}
}
