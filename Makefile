# make              builds the library, build/libcnnlstm.so
# make demo         trains on real sensor data, then predicts from C and from Python
# make test         builds and tests everything
# make test-keras   compares with Keras from PyPI: KERAS_OPTIONS="--seed 7 --count 50" other models
# make accuracy     accuracy on real data beside Keras's: ACCURACY_OPTIONS=--keras measures both
# make check        exports, needed libraries, size, layering, formatting: what must stay so
# make bench        measures speed: BENCH_CASES=seed those with that in their names, BENCH_QUICK=1 fast
# make bench-peers  likewise, beside other libraries in turns; BENCH_PEERS=torch,keras for some
# make bench-check  fails if ratios to other libraries are worse than in Tests/Benchmarks/baseline.json
# make bench-baseline  measures the ratios anew and keeps them there
# make bench-conversion  measures what bfloat16 and int8 kernels do to predictions on real data
# make fuzz         feeds the model loader damaged files, for FUZZ_SECONDS (30)
# make support-table  writes the table of what is supported into README.md
# make format       formats the Swift sources
# make install      library, header and pkg-config file into PREFIX (/usr/local), below DESTDIR
# make clean        removes what was built
# make help         this list

PREFIX ?= /usr/local
DESTDIR ?=

# The header names the version; everything else takes it from there.
VERSION := $(shell sed -n 's/^\#define CNNLSTM_VERSION "\(.*\)"/\1/p' include/cnnlstm.h)
ABI := $(shell sed -n 's/^\#define CNNLSTM_ABI_VERSION //p' include/cnnlstm.h)

SWIFT_SOURCES := Package.swift $(shell find Sources include -type f)
PYTHON_SOURCES := $(wildcard $(addprefix bindings/python/,*.py *.toml cnnlstm/*.py cnnlstm/*/*.py))
C_TESTS := $(filter-out %/header_c99.c,$(wildcard Tests/CInterfaceTests/*.c))
VENV := build/venv/bin
PIP := $(VENV)/python -m pip install --quiet --disable-pip-version-check
SAY = @printf '\n== %s\n'

.NOTPARALLEL:
.PHONY: library demo test check bench bench-peers bench-check bench-baseline bench-conversion \
  fuzz format support-table install clean help tools test-swift test-c test-python \
  test-keras accuracy

library: build/libcnnlstm.so

# ---- The library

# Embedded and ordinary Swift are built in folders of their own, or each would undo the other.
build/libcnnlstm.debug.so: $(SWIFT_SOURCES)
	CNNLSTM_EMBEDDED=1 swift build -c release --product cnnlstm --scratch-path build/embedded
	cp build/embedded/release/libcnnlstm.so $@

build/libcnnlstm.so: build/libcnnlstm.debug.so
	strip --strip-all -o $@ $<
	ln -sf libcnnlstm.so build/libcnnlstm.so.$(ABI)

install: library
	install -d $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/include
	install -m 755 build/libcnnlstm.so $(DESTDIR)$(PREFIX)/lib/libcnnlstm.so.$(VERSION)
	ln -sf libcnnlstm.so.$(VERSION) $(DESTDIR)$(PREFIX)/lib/libcnnlstm.so.$(ABI)
	ln -sf libcnnlstm.so.$(ABI) $(DESTDIR)$(PREFIX)/lib/libcnnlstm.so
	install -m 644 include/cnnlstm.h $(DESTDIR)$(PREFIX)/include
	sed 's|@PREFIX@|$(abspath $(PREFIX))|; s|@VERSION@|$(VERSION)|' bindings/c/cnnlstm.pc.in \
	  > $(DESTDIR)$(PREFIX)/lib/pkgconfig/cnnlstm.pc

# An installation that demo and tests use, as a user of the library would.
INSTALLED := build/install/lib/pkgconfig/cnnlstm.pc
$(INSTALLED): build/libcnnlstm.so include/cnnlstm.h bindings/c/cnnlstm.pc.in
	$(MAKE) --silent install PREFIX=$(CURDIR)/build/install DESTDIR=

build/examples/%: bindings/c/%.c bindings/c/csv.c bindings/c/csv.h bindings/c/failure.h \
  $(INSTALLED)
	mkdir -p build/examples
	cc -std=c99 $(filter %.c,$^) -o $@ \
	  $$(PKG_CONFIG_PATH=build/install/lib/pkgconfig pkg-config --cflags --libs cnnlstm) -lm

# ---- Python

$(VENV)/python:
	python3 -m venv build/venv

build/venv/demo.stamp: $(VENV)/python
	$(PIP) numpy aeon matplotlib
	touch $@

build/venv/test.stamp: $(VENV)/python
	$(PIP) numpy pytest hypothesis h5py scikit-learn
	touch $@

build/venv/wheel.stamp: build/libcnnlstm.so $(VENV)/python $(PYTHON_SOURCES)
	rm -rf build/wheels
	$(VENV)/python bindings/python/build_wheel.py
	$(PIP) --force-reinstall --no-deps build/wheels/*.whl
	touch $@

# ---- Demo

DEMO_FILES := build/demo/basic_motions.cnnlstm build/demo/basic_motions_test.csv

demo: tools build/venv/demo.stamp build/venv/wheel.stamp build/examples/predict
	$(SAY) "Python trains the model on BasicMotions and saves it"
	mkdir -p build/demo
	$(VENV)/python bindings/python/examples/demo.py
	$(SAY) "A C program predicts with the saved model"
	LD_LIBRARY_PATH=build/install/lib build/examples/predict $(DEMO_FILES) > build/demo/c.txt
	head -n 4 build/demo/c.txt
	$(SAY) "A Python script predicts with the saved model"
	$(VENV)/python bindings/python/examples/predict.py $(DEMO_FILES) > build/demo/python.txt
	head -n 4 build/demo/python.txt
	$(SAY) "The two agree"
	cmp build/demo/c.txt build/demo/python.txt
	@echo "$$(wc -l < build/demo/c.txt) predictions from C and from Python are equal to the last bit"
	@echo "The model and the pictures are in build/demo"

# ---- Tests

test: tools library test-swift test-c test-python check
	$(SAY) "All tests and checks passed"

tools:
	@.ci/install-tools

test-swift:
	$(SAY) "Swift tests"
	swift test -c release -Xswiftc -enable-testing --disable-swift-testing

test-c: build/c-tests
	$(SAY) "C tests of build/libcnnlstm.so"
	LD_LIBRARY_PATH=build build/c-tests

build/c-tests: $(C_TESTS) $(wildcard Tests/CInterfaceTests/*.h) include/cnnlstm.h \
  build/libcnnlstm.so
	cc -std=c11 -g -O1 -Wall -Wextra -Werror -Iinclude $(C_TESTS) -o $@ \
	  -Lbuild -lcnnlstm $$(pkg-config --cflags --libs cmocka) -lm -lpthread

test-python: build/venv/test.stamp build/venv/wheel.stamp
	$(SAY) "Python tests of the installed wheel"
	$(VENV)/python -m pytest --quiet -p no:cacheprovider bindings/python/tests

# An environment with other libraries, which a requirements.txt names, and the package.
build/%-venv/packages.stamp:
	python3 -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check -r $^
	touch $@

build/%-venv/wheel.stamp: build/venv/wheel.stamp build/%-venv/packages.stamp
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check \
	  --force-reinstall --no-deps build/wheels/*.whl
	touch $@

support-table: build/venv/wheel.stamp
	$(VENV)/python Tests/Checks/support_table.py --write

# ---- Beside Keras

KERAS_OPTIONS ?=
KERAS_VENV := build/keras-venv/bin

build/keras-venv/packages.stamp: Tests/Keras/requirements.txt

test-keras: build/keras-venv/wheel.stamp
	$(SAY) "Models beside Keras"
	$(KERAS_VENV)/python Tests/Keras/run.py $(KERAS_OPTIONS)

# Keras is needed only to measure it anew.
ACCURACY_OPTIONS ?=
ACCURACY_VENV := $(if $(findstring --keras,$(ACCURACY_OPTIONS)),build/keras-venv,build/venv)

$(ACCURACY_VENV)/accuracy.stamp: $(ACCURACY_VENV)/wheel.stamp
	$(ACCURACY_VENV)/bin/python -m pip install --quiet --disable-pip-version-check aeon rich
	touch $@

accuracy: $(ACCURACY_VENV)/accuracy.stamp
	$(SAY) "Accuracy on real data"
	$(ACCURACY_VENV)/bin/python Tests/Benchmarks/accuracy.py $(ACCURACY_OPTIONS)

check: library $(INSTALLED)
	$(SAY) "Checks"
	@python3 -m unittest --quiet Tests/Checks/test_checks.py
	@python3 Tests/Checks/run.py

# ---- Benchmarks

BENCH_CASES ?=
BENCH_PEERS ?= all
BENCH_VENV := build/bench-venv/bin
BENCH_OPTIONS = --cases '$(BENCH_CASES)' $(if $(BENCH_QUICK),--quick)
BENCH_PROGRAMS := build/bench/worker build/bench/first_prediction

bench: tools build/venv/bench.stamp build/venv/wheel.stamp $(BENCH_PROGRAMS)
	$(SAY) "Share of the multiply-add peak that the matrix product reaches"
	swift build -c release -Xswiftc -enable-testing --product MatrixProductBenchmark
	.build/release/MatrixProductBenchmark
	$(SAY) "Inference and training"
	$(VENV)/python Tests/Benchmarks/run.py $(BENCH_OPTIONS)

bench-peers: build/bench-venv/wheel.stamp $(BENCH_PROGRAMS)
	$(BENCH_VENV)/python Tests/Benchmarks/run.py --peers '$(BENCH_PEERS)' $(BENCH_OPTIONS)

bench-check: build/bench-venv/wheel.stamp $(BENCH_PROGRAMS)
	$(BENCH_VENV)/python Tests/Benchmarks/run.py --peers '$(BENCH_PEERS)' $(BENCH_OPTIONS) --check

bench-baseline: build/bench-venv/wheel.stamp $(BENCH_PROGRAMS)
	$(BENCH_VENV)/python Tests/Benchmarks/run.py --peers '$(BENCH_PEERS)' $(BENCH_OPTIONS) \
	  --write-baseline

build/venv/bench.stamp: $(VENV)/python
	$(PIP) numpy rich matplotlib
	touch $@

build/bench-venv/packages.stamp: Tests/Benchmarks/requirements.txt

BENCH_FLAGS := -std=c99 -O3 -Wall -Wextra -Wpedantic -Werror -Iinclude -ITests/Benchmarks/Peak/include

build/bench/worker: $(wildcard Tests/Benchmarks/Harness/* Tests/Benchmarks/Peak/*.c) \
  Tests/Benchmarks/Peak/include/Peak.h build/libcnnlstm.so
	mkdir -p build/bench
	cc $(BENCH_FLAGS) $(filter %.c,$^) -o $@ -Lbuild -lcnnlstm -Wl,-rpath,'$$ORIGIN/..'

build/bench/first_prediction: Tests/Benchmarks/first_prediction.c include/cnnlstm.h
	mkdir -p build/bench
	cc $(BENCH_FLAGS) $< -o $@ -ldl

bench-conversion: build/venv/demo.stamp build/venv/wheel.stamp
	$(VENV)/python Tests/Benchmarks/conversion_accuracy.py

# libFuzzer sees into ordinary Swift builds only.
FUZZ_SECONDS ?= 30
fuzz:
	swift build -c release --target CInterface --scratch-path build/fuzz \
	  -Xswiftc -sanitize=fuzzer,address -Xcc -fsanitize=fuzzer-no-link,address
	clang -g -O1 -fsanitize=fuzzer-no-link,address -Iinclude -c Tests/Fuzz/load_model.c \
	  -o build/fuzz/load_model.o
	swiftc -sanitize=fuzzer,address -use-ld=lld -Xlinker --wrap=platformChecksum -o build/fuzz/run \
	  build/fuzz/load_model.o $$(find build/fuzz/release/*.build -name '*.o')
	mkdir -p build/fuzz/corpus
	build/fuzz/run -max_total_time=$(FUZZ_SECONDS) -max_len=16384 -use_value_profile=1 \
	  -timeout=10 -rss_limit_mb=1024 -artifact_prefix=build/fuzz/ build/fuzz/corpus

format:
	swift format --in-place --parallel --recursive Package.swift Sources Tests bindings

clean:
	rm -rf build .build

help:
	@sed -n 's/^# \(make  *\)/\1/p' Makefile
