"""The structures of ``cnnlstm.h``, field for field."""

from __future__ import annotations

import ctypes
from ctypes import (
    POINTER,
    c_char,
    c_double,
    c_float,
    c_int32,
    c_int64,
    c_size_t,
    c_uint32,
    c_uint64,
)

ABI_VERSION = 1
LENGTH_ANY = 0
LENGTH_NO_TIME = -1
NAME_CAPACITY = 64
ALL_LAYERS = -1


class Initializer(ctypes.Structure):
    _fields_ = [
        ("kind", c_int32),
        ("a", c_float),
        ("b", c_float),
        ("reserved", c_uint32),
        ("seed", c_int64),
    ]


class Regularizer(ctypes.Structure):
    _fields_ = [("l1", c_float), ("l2", c_float)]


class Constraint(ctypes.Structure):
    _fields_ = [("max_norm", c_float), ("axes", c_int32)]


class LayerOptions(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("kind", c_int32),
        ("name", c_char * NAME_CAPACITY),
        ("length", c_int64),
        ("channels", c_int64),
        ("filters", c_int32),
        ("kernel_size", c_int32),
        ("strides", c_int32),
        ("padding", c_int32),
        ("dilation_rate", c_int32),
        ("groups", c_int32),
        ("pool_size", c_int32),
        ("units", c_int32),
        ("activation", c_int32),
        ("recurrent_activation", c_int32),
        ("use_bias", c_int32),
        ("unit_forget_bias", c_int32),
        ("return_sequences", c_int32),
        ("go_backwards", c_int32),
        ("dropout", c_float),
        ("recurrent_dropout", c_float),
        ("rate", c_float),
        ("reserved", c_uint32),
        ("kernel_initializer", Initializer),
        ("recurrent_initializer", Initializer),
        ("bias_initializer", Initializer),
        ("depth_multiplier", c_int32),
        ("reset_after", c_int32),
        ("stateful", c_int32),
        ("merge_mode", c_int32),
        ("time_distributed", c_int32),
        ("center", c_int32),
        ("scale", c_int32),
        ("keepdims", c_int32),
        ("shared_axes", c_int32),
        ("target_length", c_int32),
        ("target_channels", c_int32),
        ("first_dimension", c_int32),
        ("repeats", c_int32),
        ("before", c_int32),
        ("after", c_int32),
        ("size", c_int32),
        ("momentum", c_float),
        ("epsilon", c_float),
        ("negative_slope", c_float),
        ("alpha", c_float),
        ("max_value", c_float),
        ("threshold", c_float),
        ("stddev", c_float),
        ("mask_value", c_float),
        ("factor", c_float),
        ("offset", c_float),
        ("trainable", c_int32),
        ("reserved_2", c_uint32),
        ("depthwise_initializer", Initializer),
        ("pointwise_initializer", Initializer),
        ("beta_initializer", Initializer),
        ("gamma_initializer", Initializer),
        ("moving_mean_initializer", Initializer),
        ("moving_variance_initializer", Initializer),
        ("alpha_initializer", Initializer),
        ("kernel_regularizer", Regularizer),
        ("recurrent_regularizer", Regularizer),
        ("bias_regularizer", Regularizer),
        ("pointwise_regularizer", Regularizer),
        ("kernel_constraint", Constraint),
        ("recurrent_constraint", Constraint),
        ("bias_constraint", Constraint),
        ("pointwise_constraint", Constraint),
    ]


class LayerInfo(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("weight_count", c_uint32),
        ("output_length", c_int64),
        ("output_channels", c_int64),
        ("parameter_count", c_int64),
        ("trainable_count", c_int64),
    ]


class WeightInfo(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("rank", c_uint32),
        ("shape", c_int64 * 4),
        ("element_count", c_int64),
        ("offset", c_int64),
        ("layer", c_int32),
        ("trainable", c_int32),
        ("name", c_char * (2 * NAME_CAPACITY)),
    ]


class ConversionReport(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("reserved", c_uint32),
        ("sample_count", c_int64),
        ("max_difference", c_float),
        ("mean_difference", c_float),
        ("label_agreement", c_float),
        ("reserved_2", c_uint32),
    ]


class LoadOptions(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("skip_self_test", c_uint32),
        ("max_file_bytes", c_uint64),
        ("max_parameters", c_uint64),
        ("max_layers", c_uint64),
    ]


class SessionOptions(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("threads", c_int32),
        ("max_length", c_int64),
        ("batch_size", c_int64),
    ]


class Schedule(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("kind", c_int32),
        ("initial_learning_rate", c_float),
        ("decay_rate", c_float),
        ("decay_steps", c_int64),
        ("warmup_steps", c_int64),
        ("warmup_target", c_float),
        ("alpha", c_float),
        ("t_mul", c_float),
        ("m_mul", c_float),
        ("end_learning_rate", c_float),
        ("power", c_float),
        ("staircase", c_int32),
        ("cycle", c_int32),
        ("boundaries", ctypes.POINTER(c_int64)),
        ("values", ctypes.POINTER(c_float)),
        ("value_count", c_size_t),
    ]


class Metric(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("kind", c_int32),
        ("weighted", c_int32),
        ("top_k", c_int32),
        ("class_id", c_int32),
        ("average", c_int32),
        ("beta", c_float),
        ("curve", c_int32),
        ("summation_method", c_int32),
        ("num_thresholds", c_int32),
        ("multi_label", c_int32),
        ("from_logits", c_int32),
        ("thresholds", POINTER(c_float)),
        ("threshold_count", c_size_t),
    ]


class TrainerOptions(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("loss", c_int32),
        ("optimizer", c_int32),
        ("learning_rate", c_float),
        ("momentum", c_float),
        ("nesterov", c_int32),
        ("beta_1", c_float),
        ("beta_2", c_float),
        ("epsilon", c_float),
        ("global_clipnorm", c_float),
        ("threads", c_int32),
        ("batch_size", c_int32),
        ("max_length", c_int64),
        ("seed", c_uint64),
        ("rho", c_float),
        ("centered", c_int32),
        ("amsgrad", c_int32),
        ("weight_decay", c_float),
        ("clipnorm", c_float),
        ("clipvalue", c_float),
        ("use_ema", c_int32),
        ("ema_momentum", c_float),
        ("ema_overwrite_frequency", c_int32),
        ("from_logits", c_int32),
        ("label_smoothing", c_float),
        ("alpha", c_float),
        ("gamma", c_float),
        ("apply_class_balancing", c_int32),
        ("delta", c_float),
        ("reserved", c_uint32),
        ("schedule", ctypes.POINTER(Schedule)),
        ("metrics", ctypes.POINTER(Metric)),
        ("metric_count", c_size_t),
    ]


class Dataset(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("reserved", c_uint32),
        ("sample_count", c_int64),
        ("length", c_int64),
        ("inputs", ctypes.c_void_p),
        ("input_count", c_size_t),
        ("targets", ctypes.c_void_p),
        ("target_count", c_size_t),
        ("labels", ctypes.c_void_p),
        ("label_count", c_size_t),
        ("sample_weights", ctypes.c_void_p),
        ("sample_weight_count", c_size_t),
        ("lengths", ctypes.c_void_p),
        ("length_count", c_size_t),
    ]


class FitOptions(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("epochs", c_int32),
        ("initial_epoch", c_int32),
        ("batch_size", c_int32),
        ("shuffle", c_int32),
        ("reserved", c_uint32),
        ("validation_split", c_double),
        ("class_weights", ctypes.c_void_p),
        ("class_weight_count", c_size_t),
    ]


class Progress(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("event", c_int32),
        ("epoch", c_int32),
        ("epochs", c_int32),
        ("batch", c_int64),
        ("batch_count", c_int64),
        ("sample", c_int64),
        ("sample_count", c_int64),
        ("loss", c_float),
        ("accuracy", c_float),
        ("validation_loss", c_float),
        ("validation_accuracy", c_float),
        ("learning_rate", c_float),
        ("reserved", c_uint32),
        ("metrics", POINTER(c_float)),
        ("validation_metrics", POINTER(c_float)),
        ("metric_value_count", c_size_t),
    ]


FitCallback = ctypes.CFUNCTYPE(c_int32, POINTER(Progress), ctypes.c_void_p)
