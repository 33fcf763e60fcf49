# Everything is installed into .venv (.venv-tools, .venv-matrix, .venv-lowest); nothing outside this folder is touched.
# Needs Python >= 3.10, git and make. Another interpreter: make PYTHON=python3.12 demo

PYTHON ?= python3
VENV    := .venv
BIN     := $(VENV)/bin
DEMO    := build/demo
TOOLS   := .venv-tools
SCRIPTS := build/scripts/mermaid@11.17.2 build/scripts/iframe-worker@1.0.4

# uv trusts the certificates that git and pip trust on this machine, not a list of its own.
export UV_SYSTEM_CERTS ?= true

# Airflow writes a settings file when it is imported; not into the home of whoever runs the tests.
export AIRFLOW_HOME := $(CURDIR)/$(VENV)/airflow

# Byte code is kept, as it is wherever Airflow runs: what the tests start does not compile it anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo demo-stop test package publishable test-real test-tools test-matrix test-lowest test-browser test-clients test-distributed test-queues replies push results campaign storm chaos grids waits fuzz mutants bench parity docs clean

help:
	@echo "make demo         a real Airflow and the sandbox: late-delivery outreach from start to end"
	@echo "make demo KEEP=1  the same, and both keep running"
	@echo "make demo-stop    stop what make demo KEEP=1 left running"
	@echo "make test         the package, ruff, mypy, import-linter and pytest, with the demo in a real Airflow"
	@echo "make package      build what would be published, twice, and check it"
	@echo "make publishable  the same, and no address in it is still to be chosen; the workflow that publishes runs it"
	@echo "make test-real    alerts, retries, receipts and secrets in a running Airflow"
	@echo "make test-tools   what Great Expectations, dbt and Soda find, read and acted upon"
	@echo "make test-matrix  the tests without processes on each Airflow that we support, lowest and highest Python;"
	@echo "                  those that no Airflow takes part in, but for tests/crash, on the oldest of all only"
	@echo "make test-lowest  the same tests with the oldest Airflow and Python, and the lowest versions of all dependencies"
	@echo "make test-browser the sandbox's page in Chromium, with a real Airflow, and the site; needs Debian's chromium"
	@echo "make test-clients the samples of Twilio's page, as they stand, by curl, Python, Node and twilio-cli; needs"
	@echo "                  Node, curl and openssl, and that page (FLEXOUT_SEED); and the functions of Twilio's Flex"
	@echo "                  template, in a folder that you name (FLEXOUT_FLEX_PROJECT)"
	@echo "make test-distributed  a campaign over four Celery workers, one killed and one cut off, the examples in a running"
	@echo "                  Airflow, and tables; needs PostgreSQL and Redis, and says how to start them"
	@echo "make test-queues  events through SQS, SNS, Kinesis and Kafka, by Airflow's triggers and the clients that they use,"
	@echo "                  from moto's server and from the mock cluster of Kafka's client"
	@echo "make replies      10,000 customers, 400 of whom reply, and five agents: agent=\"on_reply\" beside \"now\""
	@echo "make campaign     10,000 rows in three languages and six zones, wrong ones among them, killed at random moments:"
	@echo "                  what becomes of each is compared with a reading of the same table"
	@echo "make push         10,000 open conversations and 400 answers, through the relay and Redis to a real Airflow; relay,"
	@echo "                  Redis and triggerer are killed in the middle; and bursts. Needs what make test-distributed does; OPEN=500"
	@echo "                  opens fewer"
	@echo "make results      10,000 outreaches in all their ends, in tables: each row compared with what the sandbox holds;"
	@echo "                  with PostgreSQL, as make test-distributed has it"
	@echo "make storm        120 outreaches while tasks are killed and answers are lost, and a control; with PostgreSQL,"
	@echo "                  as make test-distributed has it"
	@echo "make chaos        20,000 random histories of attempts that cross each other"
	@echo "make grids        every procedure, hit at every step, under every setting of the sandbox's assumptions"
	@echo "make waits        300 sensors that wait at once in a real Airflow, and what its triggerer says of it"
	@echo "make fuzz         requests made up from the sandbox's own OpenAPI page, 100 per operation: never a 5xx"
	@echo "make mutants      rules broken one line at a time: which of these mutants the tests notice; takes an hour or two"
	@echo "make bench        what the operators and the sandbox cost, beside the alternatives; wants an idle machine"
	@echo "make parity       write docs/parity.md: what the sandbox has of Twilio's API, and which test shows it"
	@echo "make docs         the pages and the reference as a site, in build/site, which needs no network; a broken link"
	@echo "                  fails; needs Node"
	@echo "make clean        remove what these have made"

demo: $(VENV)/.demo
	@$(if $(KEEP),test ! -e $(DEMO) || { echo "There is a demo already; stop it with make demo-stop." >&2; exit 1; })
	@$(BIN)/python -m airflow_provider_flexout.cli.main demo $(if $(KEEP),--keep --folder $(DEMO))
	@$(if $(KEEP),echo "To stop both: make demo-stop")

demo-stop:
	@test ! -e $(DEMO)/demo.json || $(BIN)/python -m airflow_provider_flexout.cli.main demo --stop $(DEMO)
	@rm -rf $(DEMO)

test: package
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest --numprocesses 4 --dist worksteal tests/unit
	$(BIN)/pytest --numprocesses 4 --dist worksteal tests/crash
	$(BIN)/pytest tests/contract tests/sandbox tests/system/airflow/test_demo.py

# Built twice: what is published has to be the same wherever it is built.
package: $(VENV)/.test
	@rm -rf build/dist build/again
	$(BIN)/uv build --quiet --out-dir build/dist
	@$(BIN)/uv build --quiet --out-dir build/again
	cd build/dist && for file in *.whl *.tar.gz; do cmp "$$file" "../again/$$file" || exit 1; done
	$(BIN)/twine check --strict build/dist/*.whl build/dist/*.tar.gz
	$(BIN)/check-wheel-contents build/dist/*.whl
	$(BIN)/pyroma --min 10 .
	$(BIN)/deptry --no-ansi .
	$(BIN)/pytest -q tests/system/package

# An address that is still to be chosen ends in .invalid, which is nobody's domain (RFC 2606).
publishable: package
	@for file in build/dist/*.tar.gz; do \
		! tar -xzOf "$$file" --wildcards '*/PKG-INFO' | sed '/^$$/q' | grep '\.invalid' || { \
			echo "Choose these addresses in pyproject.toml before it is published." >&2; exit 1; }; \
	done

test-real: $(VENV)/.test
	$(BIN)/pytest --numprocesses 2 --dist loadfile tests/system/airflow --ignore tests/system/airflow/test_demo.py

test-tools: $(TOOLS)/.tools
	AIRFLOW_HOME=$(CURDIR)/$(TOOLS)/airflow $(TOOLS)/bin/pytest tests/system/tools

# CELLS="3.1-3.10 3.3-3.14" runs it for these Airflows and Pythons.
test-matrix: $(VENV)/.uv
	$(BIN)/python tests/matrix.py $(BIN)/uv $(CELLS)

test-lowest: $(VENV)/.uv
	$(BIN)/python tests/matrix.py $(BIN)/uv lowest

# The pictures that it takes are in build/page. The README's is story-light.png:
# pngquant --output docs/images/sandbox-page.png build/page/story-light.png
test-browser: $(VENV)/.browser $(SCRIPTS)
	@command -v chromium >/dev/null || { echo "Needs Chromium: apt-get install chromium fonts-inter" >&2; exit 1; }
	$(BIN)/pytest tests/system/browser

test-clients: $(VENV)/.test build/clients/node_modules
	@command -v curl openssl >/dev/null || { echo "Needs curl and openssl." >&2; exit 1; }
	$(BIN)/pytest tests/system/clients

build/clients/node_modules: tests/system/clients/package.json
	@command -v npm >/dev/null || { echo "Needs Node with npm." >&2; exit 1; }
	@mkdir -p build/clients && cp tests/system/clients/package.json build/clients/
	npm install --prefix build/clients --no-audit --no-fund --loglevel=error
	@touch $@

test-distributed: $(VENV)/.distributed
	$(BIN)/pytest tests/system/celery tests/system/examples tests/system/results

test-queues: $(VENV)/.queues
	$(BIN)/pytest tests/system/queues

replies: $(VENV)/.test
	$(BIN)/pytest -s tests/system/replies

campaign: $(VENV)/.test
	FLEXOUT_CAMPAIGN=10000 $(BIN)/pytest tests/system/campaign

# OPEN=500 for fewer conversations.
push: $(VENV)/.distributed
	FLEXOUT_PUSH=$(or $(OPEN),10000) $(BIN)/pytest -s tests/system/push

results: $(VENV)/.distributed
	FLEXOUT_RESULTS=10000 $(BIN)/pytest --durations 20 tests/system/results

# FLEXOUT_STORM=24 makes it smaller.
storm: $(VENV)/.distributed
	$(BIN)/pytest tests/system/storm

waits: $(VENV)/.test
	$(BIN)/pytest -s tests/system/waits

chaos: $(VENV)/.test
	FLEXOUT_CHAOS=5000 $(BIN)/pytest tests/crash/test_histories.py

grids: $(VENV)/.test
	FLEXOUT_GRIDS=1 $(BIN)/pytest tests/crash/test_assumptions.py tests/crash/test_conversation_grid.py \
		tests/crash/test_campaign_on_reply_grid.py

fuzz: $(VENV)/.fuzz
	$(BIN)/pytest tests/system/fuzz

# MODULES="*policies*" breaks some of them only.
mutants: $(VENV)/.mutants
	$(BIN)/python -m tests.mutants $(MODULES)

bench: $(VENV)/.bench
	$(BIN)/python -m tests.bench

# Twilio's documents, where there are any, then the tests as evidence, then the page.
parity: UP_TO_DATE := tests/sandbox/test_parity.py::test_the_page_is_up_to_date
parity: $(VENV)/.test
	$(BIN)/python tests/sandbox/parity.py --list
	FLEXOUT_PARITY=write $(BIN)/pytest -q tests/sandbox --deselect $(UP_TO_DATE)
	$(BIN)/python tests/sandbox/parity.py

docs: $(VENV)/.docs $(SCRIPTS)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "The site is in build/site/index.html"

# What the site's pictures and its search would otherwise ask of another host. The theme is written for mermaid 11.
build/scripts/%:
	@command -v npm >/dev/null || { echo "Needs Node with npm." >&2; exit 1; }
	@rm -rf $(firstword $(subst @, ,$@))@* && mkdir -p $@.part
	npm pack --silent --pack-destination $@.part $*
	@tar -xzf $@.part/*.tgz -C $@.part && rm $@.part/*.tgz && mv $@.part $@

clean: demo-stop
	rm -rf .venv .venv-tools .venv-matrix .venv-lowest build dist mutants .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# The stamps: what they stand for is installed, as of this pyproject.toml.
$(VENV)/.uv:
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "This needs Python 3.10 or newer.")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@touch $@

# What users can choose.
EXTRAS := demo,holidays,parquet,relay

# $(1) are extras, $(2) is a dependency group. uv names each of 130 packages; what is left tells how far it is.
# Compiling now is compiling once, and not in each of the processes that start at the same time. It takes half a
# minute, of which uv says nothing.
define INSTALL
	@rm -f $@
	@( while sleep 3 >/dev/null; do \
		echo "  $$(find $(VENV)/lib -name '*.pyc' | wc -l) modules compiled so far"; \
	done ) & ticker=$$!; \
	( $(BIN)/uv pip install --compile-bytecode --python $(BIN)/python --editable '.[$(1)]' \
		$(if $(2),--group $(2)) && touch $@ ) 2>&1 \
		| grep --line-buffered -v '^ [-+~] '; \
	kill $$ticker; test -e $@
endef

$(VENV)/.demo: $(VENV)/.uv pyproject.toml
	@echo "Installing Airflow and the demo"
	$(call INSTALL,demo)

$(VENV)/.test: $(VENV)/.uv pyproject.toml
	@echo "Installing Airflow and the development tools"
	$(call INSTALL,$(EXTRAS),dev)

$(VENV)/.docs: $(VENV)/.uv pyproject.toml
	@echo "Installing Airflow, MkDocs and its theme"
	$(call INSTALL,$(EXTRAS),docs)

$(VENV)/.browser: $(VENV)/.uv pyproject.toml
	@echo "Installing Airflow, the development tools, Playwright and MkDocs"
	$(call INSTALL,$(EXTRAS),browser)

$(VENV)/.fuzz: $(VENV)/.uv pyproject.toml
	@echo "Installing Airflow, the development tools and schemathesis"
	$(call INSTALL,$(EXTRAS),fuzz)

$(VENV)/.mutants: $(VENV)/.uv pyproject.toml
	@echo "Installing Airflow, the development tools and mutmut"
	$(call INSTALL,$(EXTRAS),mutants)

$(VENV)/.distributed: $(VENV)/.uv pyproject.toml
	@echo "Installing Airflow, the development tools, Celery and a PostgreSQL driver"
	$(call INSTALL,$(EXTRAS),distributed)

$(VENV)/.queues: $(VENV)/.uv pyproject.toml
	@echo "Installing Airflow, the development tools, the providers of queues, and moto"
	$(call INSTALL,$(EXTRAS),queues)

$(VENV)/.bench: $(VENV)/.uv pyproject.toml
	@echo "Installing Airflow, the development tools and the providers to compare with"
	$(call INSTALL,$(EXTRAS),bench)

# dbt and mypy cannot agree on a package, and Soda's DuckDB has no wheels for newer Pythons.
$(TOOLS)/.tools: $(VENV)/.uv pyproject.toml
	@echo "Installing Airflow, Great Expectations, dbt and Soda"
	@$(BIN)/uv venv --quiet --allow-existing --python '>=3.10,<3.13' $(TOOLS)
	@$(BIN)/uv pip install --quiet --python $(TOOLS)/bin/python --editable '.[demo]' --group tools
	@touch $@
