##@ Containers

.PHONY: up
up: ## Build and start the production stack (compose.prod.yaml); prints its address when healthy
	@deploy/bin/up

.PHONY: down
down: ## Stop the production stack; its data stays
	docker compose -f compose.prod.yaml --profile tls down

.PHONY: up-dev
up-dev: ## Start the development stack (compose.dev.yaml): hot reload, simulated Jira
	@deploy/bin/up-dev

.PHONY: down-dev
down-dev: ## Stop the development stack; its data stays
	docker compose -f compose.dev.yaml --profile sim --profile test down

.PHONY: backup
backup: ## Write database, configuration and mappings into one file under backups/ (STACK=prod|dev|bare)
	@deploy/bin/backup

.PHONY: restore
restore: ## Bring back a backup: FILE=backups/... (FORCE=1 also over newer data)
	@deploy/bin/restore $(FILE)

.PHONY: docs
docs: ## Write docs/configuration.md anew from the code
	go test -count=1 ./deploy/test -run TestConfigurationIsWhatTheDocsSay -update

.PHONY: test-compose
test-compose: ## Build, start, break and check both stacks on a Docker engine (ARGS=...)
	go test -count=1 -timeout 120m -v ./deploy/test -compose $(ARGS)

##@ Release

.PHONY: release
release: ## Write dist/: archives of the binary, checksums, notes out of CHANGELOG.md
	@deploy/bin/release

.PHONY: reproducible
reproducible: ## Build this commit twice, at different places, and compare
	@deploy/bin/reproducible

.PHONY: images
images: ## Build the images of the production stack (IMAGE_PREFIX=registry/team/ IMAGE_TAG=v1.2.3)
	VERSION='$(VERSION)' COMMIT='$(COMMIT)' docker compose -f compose.prod.yaml --profile tls build

.PHONY: push
push: images ## Push them
	docker compose -f compose.prod.yaml --profile tls push postgres backend frontend proxy

.PHONY: test-containers
test-containers: ## Run the whole test suite in a container
	docker compose -f compose.dev.yaml --profile test run --rm --build --no-deps tests
