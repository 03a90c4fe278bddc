// Swagger UI's own validator is a site elsewhere: nothing is asked of it.
window.SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  domNode: document.getElementById('api'),
  deepLinking: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  withCredentials: true,
})
