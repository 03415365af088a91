FROM bitnami/redis:7
