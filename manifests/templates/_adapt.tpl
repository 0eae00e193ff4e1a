{{- /* What values change in the objects of the files. Each gets a list of the root and an object, and changes the object in place. */ -}}

{{- define "weir.adapt" -}}
{{- $root := index . 0 -}}{{- $object := index . 1 -}}
{{- $values := $root.Values -}}
{{- if hasKey $object "Error" }}{{ fail (printf "a file of this chart is no YAML: %s" $object.Error) }}{{ end -}}
{{- if eq (default "" $object.metadata.namespace) "weir-system" }}{{ $_ := set $object.metadata "namespace" $root.Release.Namespace }}{{ end -}}
{{- /* Pipelines stay in a namespace of their own. */ -}}
{{- $ofPipelines := eq (default $object.metadata.name $object.metadata.namespace) "weir-pipelines" -}}
{{- if not $ofPipelines }}{{ range $subject := $object.subjects }}{{ $_ := set $subject "namespace" $root.Release.Namespace }}{{ end }}{{ end -}}
{{- with $values.commonLabels }}{{ $_ := set $object.metadata "labels" (merge (dict) (default dict $object.metadata.labels) .) }}{{ end -}}
{{- $which := printf "%s/%s" $object.kind $object.metadata.name -}}
{{- if eq $which "Deployment/weir-proxy" }}{{ include "weir.proxy" . }}
{{- else if eq $which "Deployment/weir-controller" }}{{ include "weir.controller" . }}
{{- else if eq $which "Deployment/weir-collector" }}{{ include "weir.pods" (list $root $object $values.collector) }}
{{- else if eq $which "Deployment/weir-pipelines" }}{{ include "weir.pods" (list $root $object $values.pipelines) }}
{{- else if eq $which "PersistentVolumeClaim/weir-pipelines" }}{{ include "weir.claim" . }}
{{- else if eq $which "Service/weir-proxy" }}{{ include "weir.service" . }}
{{- else if and (eq $object.kind "Namespace") (not $ofPipelines) }}{{ $_ := set $object.metadata "name" $root.Release.Namespace }}
{{- else if eq $object.kind "IngressClass" }}{{ include "weir.class" . }}
{{- else if eq $object.kind "HorizontalPodAutoscaler" }}{{ include "weir.autoscaler" . }}
{{- else if eq $object.kind "CustomResourceDefinition" }}{{ include "weir.definition" . }}
{{- else if hasPrefix "monitoring.coreos.com/" $object.apiVersion }}{{ include "weir.monitor" . }}
{{- else if eq $object.kind "APIService" }}{{ $_ := set $object.spec.service "namespace" $root.Release.Namespace }}
{{- else if eq $object.kind "ValidatingWebhookConfiguration" }}{{ include "weir.webhook" . }}
{{- end -}}
{{- end -}}

{{- define "weir.proxy" -}}
{{- $root := index . 0 -}}{{- $object := index . 1 -}}{{- $proxy := $root.Values.proxy -}}
{{- if $proxy.autoscaling.enabled }}{{ $_ := unset $object.spec "replicas" }}{{ else }}{{ $_ := set $object.spec "replicas" $proxy.replicas }}{{ end -}}
{{- if $proxy.claimIngressNginx -}}
{{- $container := index $object.spec.template.spec.containers 0 -}}
{{- $_ := set $container "args" (append $container.args "--claim-ingress-nginx") -}}
{{- end -}}
{{- include "weir.pods" (list $root $object $proxy) -}}
{{- end -}}

{{- define "weir.controller" -}}
{{- $root := index . 0 -}}{{- $object := index . 1 -}}
{{- if $root.Values.flags.enabled -}}
{{- $container := index $object.spec.template.spec.containers 0 -}}
{{- $args := append $container.args "--ofrep=0.0.0.0:9905" -}}
{{- range $root.Values.flags.origins }}{{ $args = append $args (printf "--ofrep-origin=%s" .) }}{{ end -}}
{{- if $root.Values.flags.tokens }}{{ $args = append $args "--ofrep-tokens=/etc/weir/flags/tokens" }}{{ end -}}
{{- $_ := set $container "args" $args -}}
{{- end -}}
{{- include "weir.pods" (list $root $object $root.Values.controller) -}}
{{- end -}}

{{- /* The third one: values of the program. */ -}}
{{- define "weir.pods" -}}
{{- $root := index . 0 -}}{{- $object := index . 1 -}}{{- $of := index . 2 -}}
{{- $template := $object.spec.template -}}{{- $pod := $template.spec -}}{{- $container := index $pod.containers 0 -}}
{{- $image := printf "%s:%s" $of.image.repository (default $root.Chart.AppVersion $of.image.tag) -}}
{{- with $root.Values.image.registry }}{{ $image = printf "%s/%s" (trimSuffix "/" .) $image }}{{ end -}}
{{- $_ := set $container "image" $image -}}
{{- if ne $root.Values.image.pullPolicy "IfNotPresent" }}{{ $_ := set $container "imagePullPolicy" $root.Values.image.pullPolicy }}{{ end -}}
{{- with $root.Values.image.pullSecrets }}{{ $_ := set $pod "imagePullSecrets" . }}{{ end -}}
{{- with $of.extraArgs }}{{ $_ := set $container "args" (concat $container.args .) }}{{ end -}}
{{- with $of.resources }}{{ $_ := set $container "resources" . }}{{ end -}}
{{- with $of.podAnnotations }}{{ $_ := set $template.metadata "annotations" (merge (dict) . (default dict $template.metadata.annotations)) }}{{ end -}}
{{- range $field := list "nodeSelector" "tolerations" "affinity" "priorityClassName" -}}
{{- with get $of $field }}{{ $_ := set $pod $field . }}{{ end -}}
{{- end -}}
{{- end -}}

{{- define "weir.service" -}}
{{- $root := index . 0 -}}{{- $object := index . 1 -}}{{- $service := $root.Values.proxy.service -}}
{{- if ne $service.type "ClusterIP" }}{{ $_ := set $object.spec "type" $service.type }}{{ end -}}
{{- with $service.annotations }}{{ $_ := set $object.metadata "annotations" . }}{{ end -}}
{{- range $field := list "externalTrafficPolicy" "loadBalancerClass" -}}
{{- with get $service $field }}{{ $_ := set $object.spec $field . }}{{ end -}}
{{- end -}}
{{- end -}}

{{- define "weir.claim" -}}
{{- $root := index . 0 -}}{{- $object := index . 1 -}}{{- $storage := $root.Values.pipelines.storage -}}
{{- $_ := set $object.spec.resources.requests "storage" $storage.size -}}
{{- $_ := set $object.spec "accessModes" (list $storage.accessMode) -}}
{{- with $storage.className }}{{ $_ := set $object.spec "storageClassName" . }}{{ end -}}
{{- end -}}

{{- define "weir.class" -}}
{{- $root := index . 0 -}}{{- $object := index . 1 -}}
{{- $_ := set $object.metadata "name" $root.Values.ingressClass.name -}}
{{- if $root.Values.ingressClass.default }}{{ $_ := set $object.metadata "annotations" (dict "ingressclass.kubernetes.io/is-default-class" "true") }}{{ end -}}
{{- end -}}

{{- define "weir.autoscaler" -}}
{{- $root := index . 0 -}}{{- $object := index . 1 -}}{{- $scaling := $root.Values.proxy.autoscaling -}}
{{- $_ := set $object.spec "minReplicas" $scaling.minReplicas -}}
{{- $_ := set $object.spec "maxReplicas" $scaling.maxReplicas -}}
{{- $_ := set (index $object.spec.metrics 0).resource.target "averageUtilization" $scaling.targetCPUUtilizationPercentage -}}
{{- end -}}

{{- define "weir.definition" -}}
{{- $root := index . 0 -}}{{- $object := index . 1 -}}
{{- if $root.Values.crds.keep }}{{ $_ := set $object.metadata "annotations" (merge (dict "helm.sh/resource-policy" "keep") (default dict $object.metadata.annotations)) }}{{ end -}}
{{- end -}}

{{- define "weir.monitor" -}}
{{- $root := index . 0 -}}{{- $object := index . 1 -}}
{{- with $root.Values.monitoring.labels }}{{ $_ := set $object.metadata "labels" (merge (dict) . (default dict $object.metadata.labels)) }}{{ end -}}
{{- end -}}

{{- define "weir.webhook" -}}
{{- $root := index . 0 -}}{{- $object := index . 1 -}}
{{- range $webhook := $object.webhooks }}{{ $_ := set $webhook.clientConfig.service "namespace" $root.Release.Namespace }}{{ end -}}
{{- end -}}
