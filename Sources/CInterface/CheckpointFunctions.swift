import CHeader
import CNNLSTM

@implementation @_cdecl("cnnlstm_trainer_save")
public func cnnlstm_trainer_save(
  _ trainer: OpaquePointer!, _ path: UnsafePointer<CChar>!
) -> cnnlstm_status {
  status { () throws(Failure) in
    let trainer = try object(trainer, Trainer.self, "trainer")
    try trainer.save(to: try FilePath(try required(path, "path")))
  }
}

@implementation @_cdecl("cnnlstm_trainer_save_to_memory")
public func cnnlstm_trainer_save_to_memory(
  _ trainer: OpaquePointer!, _ buffer: UnsafeMutableRawPointer!, _ capacity: Int,
  _ needed: UnsafeMutablePointer<Int>!
) -> cnnlstm_status {
  status { () throws(Failure) in
    let trainer = try object(trainer, Trainer.self, "trainer")
    try copyFile(to: buffer, capacity, needed) { () throws(Failure) in try trainer.encoded() }
  }
}

@implementation @_cdecl("cnnlstm_trainer_load")
public func cnnlstm_trainer_load(
  _ trainer: OpaquePointer!, _ path: UnsafePointer<CChar>!,
  _ options: UnsafePointer<cnnlstm_load_options>!
) -> cnnlstm_status {
  status { () throws(Failure) in
    let trainer = try object(trainer, Trainer.self, "trainer")
    let path = try required(path, "path")
    try trainer.load(from: try FilePath(path), try LoadOptions(options))
  }
}

@implementation @_cdecl("cnnlstm_trainer_load_from_memory")
public func cnnlstm_trainer_load_from_memory(
  _ trainer: OpaquePointer!, _ bytes: UnsafeRawPointer!, _ count: Int,
  _ options: UnsafePointer<cnnlstm_load_options>!
) -> cnnlstm_status {
  status { () throws(Failure) in
    let trainer = try object(trainer, Trainer.self, "trainer")
    let bytes = try required(bytes, "bytes")
    let options = try LoadOptions(options)
    let all = UnsafeRawBufferPointer(start: bytes, count: count < 0 ? Int.max : count)
    try trainer.load(bytes: all, options)
  }
}

@implementation @_cdecl("cnnlstm_trainer_epoch")
public func cnnlstm_trainer_epoch(_ trainer: OpaquePointer!) -> Int32 {
  guard let trainer else { return 0 }
  return Int32(
    Unmanaged<Trainer>.fromOpaque(UnsafeRawPointer(trainer)).takeUnretainedValue().nextEpoch)
}
