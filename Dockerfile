# One image for every process of Weft; docker-compose.yml says which one runs which.
FROM node:22-slim AS console
WORKDIR /weft/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci
COPY frontend ./
RUN npm run build

FROM python:3.12-slim
ENV PYTHONUNBUFFERED=1 PYTHONPATH=/weft/platform:/weft ANONYMIZED_TELEMETRY=False PIP_NO_CACHE_DIR=1
WORKDIR /weft
# The CPU build of PyTorch. For an NVIDIA GPU: docker compose build --build-arg TORCH_INDEX=…/cu128
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
COPY requirements requirements
RUN pip install --index-url "$TORCH_INDEX" -r requirements/torch.txt && pip install -r requirements/lock.txt
COPY manage.py ./
COPY platform platform
COPY apps apps
COPY workflows workflows
COPY inference inference
COPY docs docs
COPY --from=console /weft/frontend/dist frontend/dist
RUN python -m whitenoise.compress --quiet frontend/dist
RUN useradd --create-home weft && mkdir /data && chown weft /data
USER weft
ENV WEFT_DATA_DIR=/data
EXPOSE 8000
CMD ["python", "-m", "uvicorn", "weft.asgi:application", "--host", "0.0.0.0", "--port", "8000"]
