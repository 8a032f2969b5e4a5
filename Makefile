# make run    set everything up and serve http://127.0.0.1:8000 (PORT=… changes it)
# make test   set everything up and run every test, on every core (TESTS=… runs some, on one), but
#             what is killed, filled up and misused while it runs: that is `make hold SHORT=1`
# make check  what CI asks before the tests
# make hold   attempts on the running program, into docs/reliability.md (PART=…, SEED=…, COUNT=…);
#             SHORT=1 is what CI runs of it
# make mutations   break each guard of tests/mutations.txt and see its test fail (DRAW=20: as many)
# make bench  measure, into docs/benchmarks.md (NAME=audit: one measurement)
# make lock   lock the dependencies anew; make messages: collect the texts to translate

HERE := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))
SET_UP := $(HERE)requirements/set-up
IN := cd $(HERE) && exec .venv/bin/
JAVA := $(shell java -version 2>&1 | grep -Eq '"(1[7-9]|[2-9][0-9])' && echo yes)
ENGINES := $(if $(or $(JAVA),$(CI)),spark,dev)
TESTS ?=
# these are run by `make hold SHORT=1`, here as in CI, and nothing twice
LEFT_TO_HOLD = $$(.venv/bin/python -m tests.hold --left | sed 's/[^ ]*/--ignore=&/g')
# and the rules of the house by `make check`, which CI runs first
LEFT_TO_CHECK := $(if $(CI),--ignore=tests/architecture)
PARALLEL := --numprocesses auto --dist loadfile

.PHONY: run test check hold mutations bench lock messages

run:
	@$(SET_UP) app
	@$(IN)python -m tongdian.config.serving

test:
	@$(SET_UP) $(ENGINES)
	@$(HERE)requirements/browser
	@cd $(HERE) && exec .venv/bin/python -m pytest $(if $(TESTS),$(TESTS),$(PARALLEL) --durations 25 $(LEFT_TO_HOLD) $(LEFT_TO_CHECK))

check:
	@$(SET_UP) dev
	$(IN)ruff format --check src tests bench
	$(IN)ruff check src tests bench
	$(IN)mypy
	$(IN)lint-imports
	$(IN)djlint --lint --quiet src
	$(IN)tongdian policy check
	$(IN)python -m pytest --quiet $(PARALLEL) tests/architecture

hold:
	@$(SET_UP) $(if $(CI),$(ENGINES),dev)
	@$(HERE)requirements/browser
	@$(IN)python -m tests.hold

bench:
	@$(SET_UP) $(ENGINES)
	@$(IN)python -m bench $(NAME)

mutations:
	@$(SET_UP) dev
	@$(IN)python -m tests.mutations $(if $(DRAW),--draw $(DRAW))

messages:
	@$(SET_UP) dev
	@$(IN)python -m tests.messages

LOCK := .venv/bin/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url \
	--no-annotate --python-version 3.11
lock:
	@$(SET_UP) app
	cd $(HERE) && $(LOCK) requirements/uv.in -o requirements/uv.txt
	cd $(HERE) && $(LOCK) requirements/app.in -o requirements/app.txt
	cd $(HERE) && $(LOCK) requirements/kernel.in -c requirements/app.txt -o requirements/kernel.txt
	cd $(HERE) && $(LOCK) requirements/dev.in -c requirements/app.txt -o requirements/dev.txt
	cd $(HERE) && $(LOCK) requirements/spark.in -c requirements/dev.txt -o requirements/spark.txt
